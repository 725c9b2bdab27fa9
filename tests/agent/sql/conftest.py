"""What tests of the SQL connector share: a shop of rows in each kind of database, and its connector."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.connectors.opening import opened
from tests.agent.shop import Shop
from tests.agent.turning import Clock

Opener = Callable[..., AbstractAsyncContextManager[Connector]]

EACH = ["sqlite", "postgresql", pytest.param("mariadb", marks=pytest.mark.needs("mariadb"))]


@pytest.fixture(params=EACH)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Open a shop with no customers yet, on each kind of database."""
    shop = Shop(request.getfixturevalue(f"empty_{request.param}_url"))
    yield shop
    shop.close()


@pytest.fixture
def connected(shop: Shop, clock: Clock, tmp_path: Path) -> Opener:
    """Open the shop's connector, with some statements put differently."""

    @asynccontextmanager
    async def _open(**statements: str) -> AsyncIterator[Connector]:
        async with opened(load(shop.config(tmp_path, **statements)), now=clock) as connector:
            yield connector

    return _open
