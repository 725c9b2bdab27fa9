"""An index is of one store as it was listed: what another one, or a restored one, has is not found by it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import Ambiguous, StoreDown
from jiebang.agent.index.connector import IndexedConnector
from jiebang.agent.index.source import source
from jiebang.domain.number import Number
from tests.agent.directory import LISTED, Directory
from tests.agent.test_index import handles, scan
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
NUMBER, OTHER = Number("+8613800138000"), Number("+8613900139000")
DAY = timedelta(days=1)
SCIM = 'type = "scim"\nurl = "{url}"'
LDAP = 'type = "ldap"\nurl = "ldap://{url}"\nbind_dn = "cn=agent"\nbase = "{base}"\nnumbers = ["mobile"]'
HTTP = 'type = "http"\nurl = "{url}"\npreset = "synapse"\nsecret_env = "TOKEN"\nkind = "{kind}"'


class Opener(Protocol):
    """Opens a directory through the one index."""

    def __call__(
        self, directory: Directory, **differently: str
    ) -> AbstractAsyncContextManager[IndexedConnector]:
        """Open it, configured differently."""


@pytest.fixture
def indexed(clock: Clock, tmp_path: Path) -> Opener:
    """Open directories through one index."""

    @asynccontextmanager
    async def _open(directory: Directory, **differently: str) -> AsyncIterator[IndexedConnector]:
        async with opened(load(directory.config(tmp_path, **differently)), now=clock) as connector:
            assert isinstance(connector, IndexedConnector)
            yield connector

    return _open


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Directory]:
    """Open another one, whose canary is the same."""
    other = Directory(f"sqlite:///{tmp_path}/other.db")
    yield other
    other.close()


async def test_another_store_is_listed_anew(indexed: Opener, directory: Directory, other: Directory) -> None:
    other.put(7, NUMBER.e164, at=datetime(2019, 1, 1, tzinfo=UTC))
    async with indexed(directory) as connector:
        await scan(connector)
        assert await handles(connector) == (set(), True)
    async with indexed(other) as connector:
        assert await handles(connector) == (set(), False)
        await scan(connector)
        assert await handles(connector) == ({"account-7"}, True)


async def test_so_is_another_list(indexed: Opener, directory: Directory) -> None:
    directory.put(7, NUMBER.e164)
    async with indexed(directory, listed=LISTED.replace("where", "where a.id <> 7 and")) as connector:
        await scan(connector)
        assert await handles(connector) == (set(), True)
    async with indexed(directory) as connector:
        assert await handles(connector) == (set(), False)
        await scan(connector)
        assert await handles(connector) == ({"account-7"}, True)


async def test_a_statement_that_reads_somebody_elses_record_is_found_out(
    directory: Directory, clock: Clock, tmp_path: Path
) -> None:
    directory.put(7, NUMBER.e164)
    directory.put(8, NUMBER.e164)
    path = directory.config(tmp_path)
    right = 'read = "select account as handle, number from number where account = :handle"'
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, right.replace("account as handle", "'8' as handle")))
    async with opened(load(path), now=clock) as connector:
        assert isinstance(connector, IndexedConnector)
        await scan(connector)
        with pytest.raises(Ambiguous, match="gives another record"):
            await connector.find(NUMBER)


async def test_who_runs_with_the_old_configuration_does_not_fill_the_new_ones_index(
    indexed: Opener, directory: Directory, other: Directory
) -> None:
    async with indexed(directory) as old, indexed(other) as new:
        with pytest.raises(StoreDown, match="another configuration"):
            await scan(old)
        assert await handles(old) == await handles(new) == (set(), False)


async def test_nor_does_it_believe_the_new_ones_index(
    indexed: Opener, directory: Directory, other: Directory
) -> None:
    directory.put(7, NUMBER.e164)
    async with indexed(directory) as running:
        await scan(running)
        assert await handles(running) == ({"account-7"}, True)
        async with indexed(other) as newer:
            await scan(newer)
        assert await handles(running) == (set(), False)


@pytest.mark.parametrize("ago", [timedelta(0), 2 * DAY])
async def test_a_store_that_went_back_to_what_it_was_is_listed_from_its_beginning(
    indexed: Opener, directory: Directory, clock: Clock, ago: timedelta
) -> None:
    directory.put(7, NUMBER.e164, at=clock() - 9 * DAY)
    directory.put(8, at=clock() - 8 * DAY)
    directory.put(7, OTHER.e164, at=clock() - ago - timedelta(minutes=1))
    directory.put(9, at=clock() - ago)
    async with indexed(directory) as connector:
        await scan(connector)
        assert (await scan(connector)).seen <= 2  # what was changed last, and not all
        directory.put(7, NUMBER.e164, at=clock() - 9 * DAY)
        directory.remove(9)
        clock.turn(timedelta(minutes=15))
        directory.put(10, at=clock())
        await scan(connector)
        assert await handles(connector) == ({"account-7"}, True)
        assert (await scan(connector)).seen <= 2


async def test_a_record_that_was_changed_again_is_the_same_records_change(
    indexed: Opener, directory: Directory, clock: Clock
) -> None:
    for account in range(10, 20):
        directory.put(account, at=clock() - 9 * DAY)
    directory.put(7, NUMBER.e164, at=clock() - DAY)
    async with indexed(directory) as connector:
        await scan(connector)
        directory.put(7, OTHER.e164, at=clock() + DAY)
        assert (await scan(connector)).seen == 1
        assert await handles(connector, OTHER) == ({"account-7"}, True)


async def test_a_clock_that_was_set_back_makes_no_index_fresh_and_none_old_for_ever(
    indexed: Opener, directory: Directory, clock: Clock
) -> None:
    directory.put(7, NUMBER.e164)
    async with indexed(directory) as connector:
        await scan(connector)
        clock.turn(-3650 * DAY)
        assert await handles(connector) == ({"account-7"}, False)
        directory.remove(7)
        await scan(connector)
        assert (await handles(connector), connector.file.size()) == ((set(), True), 1)


@pytest.mark.parametrize(
    ("said", "one", "others"),
    [
        (SCIM, {"url": "https://a.example"}, [{"url": "https://b.example"}]),
        (LDAP, {"url": "a", "base": "dc=a"}, [{"url": "b"}, {"base": "dc=b"}]),
        (HTTP, {"url": "http://a", "kind": "account"}, [{"url": "http://b"}, {"kind": "label"}]),
    ],
)
def test_every_kind_of_store_is_known_by_what_it_lists(
    directory: Directory, tmp_path: Path, said: str, one: dict[str, str], others: list[dict[str, str]]
) -> None:
    head, _ = directory.config(tmp_path, index="").read_text().split("[connector]")

    def of(more: str = "", **values: str) -> str:
        (tmp_path / "other.toml").write_text(f"{head}[connector]\n{said.format(**one | values)}\n{more}")
        return source(load(tmp_path / "other.toml").connector)

    assert len({of(), *(of(**other) for other in others)}) == 1 + len(others)
    assert of() == of("patience = 33")
