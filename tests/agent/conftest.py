"""What tests of the platform's side share: a shop of rows, a hub that does as told, a clock to turn."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger
from jiebang.agent.notice import Notice
from tests.agent.directory import Directory
from tests.agent.pretender import PLATFORM, Pretender
from tests.agent.scim_server import ScimServer
from tests.agent.shop import Shop
from tests.agent.sql.conftest import EACH
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim


class DeskOpener(Protocol):
    """Lays out an agent's desk; a second one with the same ledger is the agent after a restart."""

    def __call__(self, ledger: str = "ledger.db", **statements: str) -> AbstractAsyncContextManager[Desk]: ...


@pytest.fixture
def anyio_backend() -> str:
    """Run coroutines on asyncio, as the agent does."""
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    """Give a clock that only turns when it is told to."""
    return Clock()


@pytest.fixture
def shop(empty_url: str) -> Iterator[Shop]:
    """Open a shop with no customers yet, on SQLite and on PostgreSQL."""
    shop = Shop(empty_url)
    yield shop
    shop.close()


@pytest.fixture(params=EACH)
def each_url(request: pytest.FixtureRequest) -> str:
    """Run a test on each kind of database that an agent can have to do with, without a table."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def directory(empty_url: str) -> Iterator[Directory]:
    """Open a directory that has a canary, on SQLite and on PostgreSQL."""
    directory = Directory(empty_url)
    yield directory
    directory.close()


@pytest.fixture
async def pretender(clock: Clock) -> AsyncIterator[Pretender]:
    """Run a hub that does as it is told."""
    pretender = Pretender(clock)
    await pretender.start()
    yield pretender
    await pretender.stop()


@pytest.fixture
async def hub(pretender: Pretender, clock: Clock) -> AsyncIterator[Hub]:
    """Stand before the pretender as the shop's agent does."""
    async with aiohttp.ClientSession() as session:
        yield Hub(url=pretender.url, platform=PLATFORM, key=pretender.agent_key, session=session, now=clock)


@pytest.fixture
def desk_of(shop: Shop, hub: Hub, clock: Clock, tmp_path: Path) -> DeskOpener:
    """Lay out an agent's desk between the shop and the pretender."""

    @asynccontextmanager
    async def _open(ledger: str = "ledger.db", **statements: str) -> AsyncIterator[Desk]:
        book = Ledger(tmp_path / ledger)
        config = load(shop.config(tmp_path, **statements))
        async with opened(config, now=clock) as connector:
            to = config.objection
            notice = Notice(notify=to.notify, session=hub.session, now=clock) if to else None
            yield Desk(
                hub=hub, connector=connector, ledger=book, now=clock, clean=config.clean,
                canary=config.canary, notice=notice, budget=config.budget,
            )  # fmt: skip
        book.close()

    return _open


@pytest.fixture(scope="session")
def scim() -> Iterator[ScimServer]:
    """Run one SCIM server for the whole run: somebody else's, in a process of its own."""
    server = ScimServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_scim() -> Iterator[DjangoScim]:
    """Run another SCIM server, of other people, once for the whole run."""
    site = DjangoScim()
    yield site
    site.stop()


@dataclass
class FrontDesk:
    """The platform's own desk: it answers as it is told, and then takes everything."""

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    offered: list[dict[str, Any]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Take an order in, to tell the account's owner."""
        self.offered.append(await request.json())
        # Whoever follows where a 307 leads comes here again.
        return web.Response(
            status=self.refusals.pop(0) if self.refusals else 202, headers={"Location": self.url}
        )


@pytest.fixture
async def platform() -> AsyncIterator[FrontDesk]:
    """Run the platform's own desk."""
    platform, app = FrontDesk(), web.Application()
    app.router.add_post("/owners", platform.take)
    async with TestServer(app) as server:
        platform.url = str(server.make_url("/owners"))
        yield platform
