"""What tests of directories share: a `slapd` for the file, and a connector to whatever directory it is."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import pytest

from jiebang.agent.config import Config, load
from jiebang.agent.connectors.ldap.connector import LdapConnector
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import Number
from jiebang.wire import keys
from tests.agent.turning import Clock
from tests.systems.samba import PASSWORD as SAMBA_PASSWORD
from tests.systems.slapd import PASSWORD, TREE, Slapd, connector, snapshot

CONFIG = """
hub = "http://127.0.0.1:9"
platform = "par_shop"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "+8613700137000"
canary_absent = "+8613700137999"
most_records = 3
"""
OTHER = "+8613900139000"
"""The number of whoever else there is; no test takes it off."""
Configured = Callable[[str], Config]
Opener = Callable[..., AbstractAsyncContextManager[LdapConnector]]
_serials = count()


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """Run one `slapd` for all tests of a process that do not want one of their own."""
    yield from _running(tmp_path_factory.mktemp("slapd"))


@pytest.fixture
def own_slapd(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Slapd]:
    """Run a `slapd` for one test, which may say by which rules."""
    yield from _running(tmp_path_factory.mktemp("slapd"), rules=getattr(request, "param", ""))


def _running(folder: Path, *, rules: str = "") -> Iterator[Slapd]:
    slapd = Slapd(folder, rules=rules)
    yield slapd
    slapd.stop()


@pytest.fixture
def line() -> Number:
    """Give a number that no other test has used."""
    return Number(f"+86138{next(_serials):08}")


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """Read a configuration with this `[connector]` part."""
    monkeypatch.setenv("TEST_LDAP_PASSWORD", PASSWORD)
    monkeypatch.setenv("TEST_SAMBA_PASSWORD", SAMBA_PASSWORD)
    keys.write(keys.make(), tmp_path / "agent-key.json")

    def _read(part: str) -> Config:
        (tmp_path / "agent.toml").write_text(CONFIG + part)
        return load(tmp_path / "agent.toml")

    return _read


@pytest.fixture
def opened_on(configured: Configured, clock: Clock) -> Opener:
    """Open a connector, with this `[connector]` part."""

    @asynccontextmanager
    async def _open(part: str) -> AsyncIterator[LdapConnector]:
        async with opened(configured(part), now=clock) as connector:
            assert isinstance(connector, LdapConnector)
            yield connector

    return _open


@pytest.fixture
def connected(slapd: Slapd, opened_on: Opener) -> Opener:
    """Open a connector to the `slapd` of all, with some lines of the configuration put differently."""

    @asynccontextmanager
    async def _open(url: str = "", **instead: str) -> AsyncIterator[LdapConnector]:
        async with opened_on(plain(slapd, url, **instead)) as connector:
            yield connector

    return _open


def plain(slapd: Slapd, url: str = "", **instead: str) -> str:
    """Write a `[connector]` part without TLS, which only the tests of TLS need."""
    return connector(slapd, url or f"ldap://127.0.0.1:{slapd.port}", **{"tls": '"plain"', **instead})


def name() -> str:
    """Give a distinguished name that nobody has yet."""
    return f"uid=u{next(_serials)},{TREE}"


@contextmanager
def nothing_differs(slapd: Slapd) -> Iterator[None]:
    """Compare the whole directory before and after."""
    before = snapshot(slapd)
    yield
    assert snapshot(slapd) == before


@contextmanager
def only(slapd: Slapd, *names: str) -> Iterator[None]:
    """Compare the whole directory before and after: only these entries differ."""
    before = snapshot(slapd)
    yield
    after = snapshot(slapd)
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} == set(names)
