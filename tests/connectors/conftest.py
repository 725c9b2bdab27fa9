"""Every account system that the agent is tried on, each run once in a process, and its agent."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger
from jiebang.agent.watch import Watch
from jiebang.domain.number import Number
from jiebang.wire import keys
from tests import mariadb, postgresql
from tests.agent.conftest import anyio_backend, clock, hub, pretender
from tests.agent.pretender import PLATFORM, Pretender
from tests.agent.process import Process
from tests.agent.turning import Clock
from tests.connectors.book import book
from tests.systems.allauth import AllauthSystem
from tests.systems.django_scim import DjangoScim
from tests.systems.forum import ForumSystem
from tests.systems.kinto import Kinto
from tests.systems.samba import SambaSystem
from tests.systems.scim2_server import Scim2ServerSystem
from tests.systems.shop import ShopSystem
from tests.systems.slapd import SlapdSystem
from tests.systems.synapse import Synapse
from tests.systems.system import ABSENT, CANARY, System

__all__ = ["anyio_backend", "book", "clock", "hub", "pretender"]

CONFIG = """
hub = "{hub}"
platform = "{platform}"
key_file = "agent-key.json"
ledger = "{ledger}"
region = "CN"
canary = "{canary}"
canary_absent = "{absent}"
"""
_serials = count()


class Machine:
    """What a system may need to be started: a folder of its own, and databases that run."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self.folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("system")

    def sqlite(self) -> str:
        """Give the URL of an SQLite file that is not there yet."""
        return f"sqlite:///{self.folder}/store.db"

    def postgresql(self) -> str:
        """Give the URL of an empty PostgreSQL database, which is dropped at the end."""
        server: postgresql.Server = self._request.getfixturevalue("postgresql_server")
        return self._opened(server.database())

    def mariadb(self) -> str:
        """Give the URL of an empty MariaDB database, which is dropped at the end."""
        server: mariadb.Server = self._request.getfixturevalue("mariadb_server")
        return self._opened(server.database())

    def _opened(self, database: AbstractContextManager[str]) -> str:
        self._request.addfinalizer(lambda: database.__exit__(None, None, None))
        return database.__enter__()


EVERY: dict[str, Callable[[Machine], System]] = {
    "shop-sqlite": lambda machine: ShopSystem(machine.sqlite()),
    "shop-postgresql": lambda machine: ShopSystem(machine.postgresql()),
    "shop-mariadb": lambda machine: ShopSystem(machine.mariadb()),
    "forum-sqlite": lambda machine: ForumSystem(machine.sqlite()),
    "forum-postgresql": lambda machine: ForumSystem(machine.postgresql()),
    "forum-mariadb": lambda machine: ForumSystem(machine.mariadb()),
    "allauth-sqlite": lambda machine: AllauthSystem(machine.sqlite(), machine.folder),
    "allauth-postgresql": lambda machine: AllauthSystem(machine.postgresql(), machine.folder),
    "allauth-mariadb": lambda machine: AllauthSystem(machine.mariadb(), machine.folder),
    "scim2-server": lambda _machine: Scim2ServerSystem(),
    "django-scim2": lambda _machine: DjangoScim(),
    "django-scim2-pages": lambda _machine: DjangoScim(find="pages"),
    "slapd": lambda machine: SlapdSystem(machine.folder),
    "samba": lambda machine: SambaSystem(machine.folder),
    "synapse": lambda _machine: Synapse(),
    "kinto": lambda _machine: Kinto(),
}
"""Every system, by its name, and how it is started."""
NEEDS = {
    "shop-mariadb": "mariadb", "forum-mariadb": "mariadb", "allauth-mariadb": "mariadb", "slapd": "slapd",
    "samba": "samba",
}  # fmt: skip
"""What some of them need from the machine: a word of `tests/needs.py`."""
PARAMETERS = {
    name: pytest.param(name, marks=[pytest.mark.needs(NEEDS[name])] if name in NEEDS else [])
    for name in EVERY
}
ALLAUTH = [one for name, one in PARAMETERS.items() if name.startswith("allauth-")]
"""The one whole application among them, on each database."""


def started(start: Callable[[Machine], System], request: pytest.FixtureRequest) -> Iterator[System]:
    """Run a system until its fixture ends."""
    system = start(Machine(request))
    yield system
    system.stop()


class Configured(Protocol):
    """Writes a configuration; a second ledger is a second agent's."""

    def __call__(
        self, *, hub: str = ..., ledger: str = ..., url: str | None = None, patience: int | None = None
    ) -> Path: ...


Opener = Callable[..., AbstractAsyncContextManager[Connector]]
DeskOpener = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(scope="session", params=PARAMETERS.values())
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Run each system in turn, for all tests of this process that want it."""
    yield from started(EVERY[request.param], request)


@pytest.fixture
def line() -> Number:
    """Give a number that no other test has used."""
    return Number(f"+86138{next(_serials):08}")


@pytest.fixture
def other_line() -> Number:
    """Give another number that no other test has used."""
    return Number(f"+86138{next(_serials):08}")


@pytest.fixture
def configured(system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """Write a configuration of the system's agent, and lay its secrets out."""
    for name, secret in system.secrets().items():
        monkeypatch.setenv(name, secret)
    keys.write(keys.make(), tmp_path / "agent-key.json")

    def _write(
        *, hub: str = "http://127.0.0.1:9", ledger: str = "ledger", url: str | None = None,
        patience: int | None = None,
    ) -> Path:  # fmt: skip
        path = tmp_path / f"{ledger}.toml"
        told = CONFIG.format(
            hub=hub, platform=PLATFORM, ledger=f"{ledger}.db", canary=CANARY, absent=ABSENT
        )  # fmt: skip
        connector = system.connector(url)
        if patience is not None:
            connector = connector.replace("[connector]\n", f"[connector]\npatience = {patience}\n")
        path.write_text(told + connector)
        return path

    return _write


@pytest.fixture
def connected(configured: Configured, clock: Clock) -> Opener:
    """Open the system's connector."""

    @asynccontextmanager
    async def _open(url: str | None = None) -> AsyncIterator[Connector]:
        async with opened(load(configured(url=url)), now=clock) as connector:
            yield connector

    return _open


@pytest.fixture
async def connector(connected: Opener) -> AsyncIterator[Connector]:
    """Open the system's connector for one test."""
    async with connected() as opened_once:
        yield opened_once


@pytest.fixture
def desk_of(configured: Configured, hub: Hub, clock: Clock) -> DeskOpener:
    """Lay out an agent's desk between the system and the pretender."""

    @asynccontextmanager
    async def _open(
        ledger: str = "ledger", *, url: str | None = None, patience: int | None = None, watched: bool = False
    ) -> AsyncIterator[Desk]:
        config = load(configured(ledger=ledger, url=url, patience=patience))
        book = Ledger(config.ledger)
        async with opened(config, now=clock) as connector:
            watch = Watch(config, connector, now=clock) if watched else None
            yield Desk(
                hub=hub, connector=connector, ledger=book, now=clock, canary=config.canary, watch=watch
            )
        book.close()

    return _open


@pytest.fixture
async def agent(configured: Configured, pretender: Pretender, system: System) -> AsyncIterator[Process]:
    """Prepare an agent as its operator runs it; end it if a test does not."""
    process = Process(configured(hub=pretender.url), secrets={"PATH": os.defpath, **system.secrets()})
    yield process
    with suppress(ProcessLookupError):
        if process.running.returncode is None:
            await process.kill()
