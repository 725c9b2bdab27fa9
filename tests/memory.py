"""A hub's memory for tests: opened at its newest shape, with parties that have joined, and pictures of it."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

from sqlalchemy import select

from jiebang.domain.party import Party, Role
from jiebang.store import parties
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.store.tables import metadata
from jiebang.wire import keys
from tests.build import NOW

SHOP, SOCIAL, CARRIER = "par_shop", "par_social", "par_carrier"
SHOPS = keys.make()
"""The shop's key."""
PARTIES = (
    Party(
        id=SHOP,
        role=Role.PLATFORM,
        name="青鸟商城",
        jwks=SHOPS.public_set(),
        timezone="Asia/Shanghai",
        country="CN",
    ),
    Party(id=SOCIAL, role=Role.PLATFORM, name="Redwood Social", jwks={"keys": []}),
    Party(id=CARRIER, role=Role.CARRIER, name="南风通信", jwks={"keys": []}, timezone="Asia/Shanghai"),
    Party(id="par_app", role=Role.FRONT, name="南风掌厅", jwks={"keys": []}),
    Party(id="par_counter", role=Role.FRONT, name="南风营业厅", jwks={"keys": []}),
)

Picture = dict[str, list[str]]
Found = TypeVar("Found")


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open a database at its newest shape, with a shop, a social network and a carrier."""
    database = Database(url)
    upgrade(database)
    join(database)
    yield database
    database.close()


def join(database: Database) -> None:
    """Let the parties join."""
    with database.write() as connection:
        for party in PARTIES:
            parties.add(connection, party, now=NOW)


def picture(database: Database) -> Picture:
    """Take down every row of every table, as text that can be compared and searched."""
    with database.read() as connection:
        return {
            table.name: sorted(
                json.dumps(dict(row._mapping), default=_shown, ensure_ascii=False)
                for row in connection.execute(select(table))
            )
            for table in metadata.sorted_tables
        }


def _shown(value: object) -> str:
    return getattr(value, "e164", None) or str(value)


def changed(before: Picture, after: Picture) -> set[str]:
    """Name the tables in which anything is different."""
    return {name for name in before if before[name] != after[name]}


@contextmanager
def unchanged(database: Database, *, but: str = "") -> Iterator[None]:
    """Hold that what happens inside changes nothing that is remembered, but for one table if it is named."""
    before = picture(database)
    yield
    assert changed(before, picture(database)) - {but} == set()


def together(*doings: Callable[[], Found]) -> list[Found | BaseException]:
    """Do things at the same moment, on a thread each; give what came of them, in their order."""
    ready = Barrier(len(doings))

    def begin(doing: Callable[[], Found]) -> Found:
        ready.wait()
        return doing()

    with ThreadPoolExecutor(len(doings)) as threads:
        begun = [threads.submit(begin, doing) for doing in doings]
    return [one.exception() or one.result() for one in begun]
