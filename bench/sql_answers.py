"""
Answers through the SQL connector, against the same statements on the plain driver.

The plain calls are made as a program of coroutines has to make them, in a thread: else a store that is slow
would stand in the way of everything. They know the spellings beforehand, match nothing again, and make no
record of it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.beside import Ask, compared
from bench.figures import Figure
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import Number
from tests import mariadb, postgresql
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.turning import Clock

_CUSTOMERS = 10_000
_CONNECTIONS = 8
_NUMBERS = [Number(f"+86136{serial:08}") for serial in range(5000, 5300)]
_SPELLED = {
    number: [number.spelled(spelling) for spelling in ("e164", "national_digits", "national")]
    for number in _NUMBERS
}
_CONSENTS = "select id as handle, phone as number, channel as label from consent where phone in :spellings"
_INDEX = "create index by_number on consent (phone{})"


def measure(directory: Path) -> Iterator[Figure]:
    """Ask a shop of ten thousand customers, on each kind of database."""
    yield _figure(f"sqlite:///{directory}/shop.db", directory / "of-sqlite")
    with postgresql.server(within=postgresql.in_memory()) as server, server.database() as url:
        yield _figure(url, directory / "of-postgresql")
    with mariadb.server(within=postgresql.in_memory()) as other, other.database() as url:
        yield _figure(url, directory / "of-mariadb")


def _figure(url: str, folder: Path) -> Figure:
    folder.mkdir()
    shop = Shop(url)
    customers = [{"id": row, "phone": f"136{row:08}"} for row in range(2, _CUSTOMERS)]
    with shop.engine.begin() as connection:
        connection.execute(sa.text(_INDEX.format("(40)" if shop.engine.dialect.name == "mariadb" else "")))
        connection.execute(
            sa.text("insert into customer (id, phone, nickname, email) values (:id, :phone, '晚秋', 'a@b')"),
            customers,
        )
    try:
        return asyncio.run(_measured(shop, folder))
    finally:
        shop.close()


async def _measured(shop: Shop, folder: Path) -> Figure:
    name, path = shop.engine.dialect.name, shop.config(folder)
    engine = shop.engine.execution_options(isolation_level="AUTOCOMMIT")
    plain = [engine.connect() for _ in range(_CONNECTIONS)]
    drivers = [one.connection.driver_connection for one in plain]
    async with opened(load(path), now=Clock()) as connector:
        figure = await compared(
            f"SQL, {name}", _NUMBERS, ours=connector.find,
            bare=_bare(drivers, mark="?" if name == "sqlite" else "%s"),
            against="the same on the plain driver, in a thread",
        )  # fmt: skip
    for one in plain:
        one.close()
    return figure


def _bare(drivers: Sequence[Any], *, mark: str) -> Ask:
    places = f"({', '.join([mark] * 3)})"
    asked = [one.replace(":spellings", places) for one in (STATEMENTS["find"], _CONSENTS)]
    free = list(drivers)

    async def _ask(number: Number) -> None:
        driver = free.pop()
        assert len(await asyncio.to_thread(_rows, driver, asked, _SPELLED[number])) == 1
        free.append(driver)

    return _ask


def _rows(driver: Any, asked: Sequence[str], spelled: Sequence[str], /) -> list[Any]:  # noqa: ANN401 - each driver's own kind
    cursor = driver.cursor()
    found: list[Any] = []
    for statement in asked:
        cursor.execute(statement, spelled)
        found += cursor.fetchall()
    cursor.close()
    return found
