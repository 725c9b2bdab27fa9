"""What the commands of a hub share: its settings, and the house that they describe."""

from pydantic import ValidationError

from jiebang.cli.terminal import refuse
from jiebang.config import Settings
from jiebang.house import House
from jiebang.opening import open_house
from jiebang.store.migrate import is_current


def settings() -> Settings:
    """Read the settings, or refuse and say which one is wrong."""
    try:
        return Settings()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        refuse(f"JIEBANG_{'_'.join(str(part) for part in first['loc']).upper()}: {first['msg']}")


def house(found: Settings | None = None, *, current: bool = True) -> House:
    """Open the hub that the settings describe; refuses when its database has not been brought up to date."""
    try:
        opened = open_house(found or settings())
    except (TypeError, ValueError) as wrong:
        refuse(f"JIEBANG_POLICY or JIEBANG_KEY_FILE: {wrong}")
    if current and not is_current(opened.database):
        refuse("The hub's database is not up to date. Run: jiebang database upgrade")
    return opened
