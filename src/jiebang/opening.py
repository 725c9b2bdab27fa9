"""Opening: where a program of the hub begins, with its settings and the time, and a house comes of them."""

from datetime import UTC, datetime

from jiebang.config import Settings
from jiebang.domain.policy import Policy
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.wire.keys import read_or_make
from jiebang.wire.outside import Outside


def now() -> datetime:
    """Read the clock: here, and in the few other places where a program begins, time enters."""
    return datetime.now(UTC)


def open_house(settings: Settings) -> House:
    """
    Open a hub's database and key as its settings say.

    Raises `TypeError` for a rule that there is not, `ValueError` for one that says what cannot be.
    """
    return House(
        database=Database(settings.database_url),
        policy=Policy(**settings.policy),  # type: ignore[arg-type]  # names and units were read from text
        key=read_or_make(settings.key_file),
        issuer=settings.issuer,
        now=now,
        secure_cookies=settings.secure_cookies,
        list_folder=settings.list_folder,
        outside=Outside(opened=settings.push_networks),
    )
