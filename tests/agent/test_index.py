"""A store that cannot be searched is searched through an index, and what the index says is never believed."""

import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.errors import ConfigInvalid, StoreTrouble, TooManyRecords, Unsound
from jiebang.agent.hub import Hub
from jiebang.agent.index.connector import IndexedConnector
from jiebang.agent.index.file import Progress
from jiebang.agent.ledger import Ledger
from jiebang.domain.number import Number
from tests.agent.directory import BEGINS, INDEX, Directory
from tests.agent.pretender import Pretender
from tests.agent.test_orders import turn
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
NUMBER, OTHER, CANARY = Number("+8613800138000"), Number("+8613900139000"), Number("+8613700137000")
Opener = Callable[..., AbstractAsyncContextManager[IndexedConnector]]


@pytest.fixture
def indexed(directory: Directory, clock: Clock, tmp_path: Path) -> Opener:
    """Open the directory through its index."""

    @asynccontextmanager
    async def _open(**differently: str) -> AsyncIterator[IndexedConnector]:
        async with opened(load(directory.config(tmp_path, **differently)), now=clock) as connector:
            assert isinstance(connector, IndexedConnector)
            yield connector

    return _open


async def scan(connector: IndexedConnector, *, anew: bool = False) -> Progress:
    """Scan to the end."""
    progress = await connector.fill(anew=anew, told=lambda _: None)
    assert progress is not None
    return progress


async def handles(connector: Connector, number: Number = NUMBER) -> tuple[set[str], bool]:
    """Give what is found, and whether it is all."""
    found = await connector.find(number)
    return {record.handle for record in found.records}, found.complete


async def test_none_is_none_seen_so_far_until_a_first_scan_has_ended(
    indexed: Opener, directory: Directory
) -> None:
    directory.put(7, "13800138000")
    async with indexed() as connector:
        assert await handles(connector) == (set(), False)
        await scan(connector)
        assert await handles(connector) == ({"account-7"}, True)
        assert await handles(connector, OTHER) == (set(), True)


async def test_until_then_the_hub_is_told_that_this_is_not_all(
    indexed: Opener, hub: Hub, pretender: Pretender, clock: Clock, tmp_path: Path
) -> None:
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        async with indexed() as connector:
            desk = Desk(hub=hub, connector=connector, ledger=ledger, now=clock)
            pretender.ask("qry_1")
            await turn(desk)
            await scan(connector)
            pretender.ask("qry_2")
            await turn(desk)
    told = [(answer["query_id"], answer["complete"], answer["bindings"]) for answer in pretender.answers]
    assert told == [("qry_1", False, []), ("qry_2", True, [])]


async def test_every_number_of_an_account_finds_it_and_one_number_finds_all_its_accounts(
    indexed: Opener, directory: Directory
) -> None:
    directory.put(7, "13800138000", OTHER.e164)
    directory.put(8, NUMBER.e164)
    directory.consent(9, "138 0013 8000")
    async with indexed() as connector:
        await scan(connector)
        assert await handles(connector) == ({"account-7", "account-8", "subscription-9"}, True)
        assert await handles(connector, OTHER) == ({"account-7"}, True)


async def test_what_the_index_says_is_matched_again_at_the_source(
    indexed: Opener, directory: Directory
) -> None:
    directory.put(7, NUMBER.e164)
    directory.consent(9, NUMBER.e164)
    async with indexed() as connector:
        await scan(connector)
        directory.put(7, OTHER.e164)
        directory.run("delete from consent")
        assert await handles(connector) == (set(), True)


async def test_what_has_changed_is_listed_and_its_old_entries_go(
    indexed: Opener, directory: Directory, tmp_path: Path
) -> None:
    directory.put(7, NUMBER.e164, OTHER.e164)
    async with indexed() as connector:
        await scan(connector)
        directory.put(7, OTHER.e164)
        directory.put(8, NUMBER.e164)
        await scan(connector)
        assert await handles(connector) == ({"account-8"}, True)
        assert await handles(connector, OTHER) == ({"account-7"}, True)
    assert len(entries(tmp_path)) == 3  # the canary's, and these two


async def test_what_left_without_a_trace_goes_when_all_is_listed_anew(
    indexed: Opener, directory: Directory, clock: Clock, tmp_path: Path
) -> None:
    directory.put(7, NUMBER.e164)
    directory.put(8, OTHER.e164)
    async with indexed() as connector:
        await scan(connector)
        directory.remove(7)
        await scan(connector)
        assert len(entries(tmp_path)) == 3
        clock.turn(timedelta(days=8))
        await scan(connector)
        assert len(entries(tmp_path)) == 2
        assert await handles(connector, OTHER) == ({"account-8"}, True)


async def test_an_index_that_is_too_old_says_none_seen_so_far(indexed: Opener, clock: Clock) -> None:
    async with indexed() as connector:
        await scan(connector)
        clock.turn(timedelta(days=1, seconds=1))
        assert await handles(connector) == (set(), False)
        await scan(connector)
        assert await handles(connector) == (set(), True)


async def test_thousands_changed_at_one_time_are_all_listed(indexed: Opener, directory: Directory) -> None:
    directory.put_many(100, [f"+8613800{serial:06}" for serial in range(2500)])
    async with indexed() as connector:
        assert (await scan(connector)).seen == 2501
        assert await handles(connector, Number("+8613800001000")) == ({"account-1100"}, True)
        assert (await scan(connector)).seen < 2501


async def test_a_number_that_cannot_be_read_is_passed_over_and_counted(
    indexed: Opener, directory: Directory
) -> None:
    directory.put(7, "call me", NUMBER.e164)
    async with indexed() as connector:
        progress = await scan(connector)
        assert (progress.seen, progress.unreadable) == (2, 1)
        assert await handles(connector) == ({"account-7"}, True)


async def test_more_accounts_than_one_number_has_are_not_read(indexed: Opener, directory: Directory) -> None:
    for own in range(10, 16):
        directory.put(own, NUMBER.e164)
    async with indexed() as connector:
        await scan(connector)
        with pytest.raises(TooManyRecords):
            await connector.find(NUMBER)


async def test_a_list_without_the_canary_is_not_taken_for_whole(
    indexed: Opener, directory: Directory
) -> None:
    directory.put(7, NUMBER.e164)
    async with indexed() as connector:
        await scan(connector)
        directory.run("delete from account")
        with pytest.raises(Unsound, match="without the canary"):
            await scan(connector, anew=True)
        assert connector.file.size() == 2


async def test_orders_go_through_to_the_store(indexed: Opener, directory: Directory) -> None:
    directory.put(7, NUMBER.e164, OTHER.e164)
    async with indexed() as connector:
        await scan(connector)
        assert await connector.unbind("account-7", NUMBER) is Effect.DONE
        assert await connector.unbind("account-7", NUMBER) is Effect.GONE
        assert (await handles(connector), await connector.holds("account-7", OTHER)) == ((set(), True), True)


async def test_while_one_fills_the_index_another_only_reads_it(indexed: Opener, directory: Directory) -> None:
    directory.put(7, NUMBER.e164)
    async with indexed() as one, indexed() as other:
        with one.file.alone() as can:
            assert can
            assert await other.fill(anew=False, told=lambda _: None) is None
        await scan(other)
        assert await handles(one) == ({"account-7"}, True)


async def test_no_number_stands_in_the_index_and_nobody_else_may_read_it(
    indexed: Opener, directory: Directory, tmp_path: Path
) -> None:
    directory.put(7, "13800138000", OTHER.e164)
    async with indexed() as connector:
        await scan(connector)
        files = [tmp_path / name for name in ("index.db", "index.db-wal", "index-key", "index.db.lock")]
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert not any(digits in file.read_bytes() for digits in (b"13800138", b"13900139"))


async def test_another_key_makes_other_hashes_and_cannot_use_the_index(
    indexed: Opener, tmp_path: Path
) -> None:
    async with indexed() as connector:
        await scan(connector)
    before = entries(tmp_path)
    (tmp_path / "index-key").unlink()
    with pytest.raises(ConfigInvalid, match="another key"):
        async with indexed():
            pass
    (tmp_path / "index.db").unlink()
    async with indexed() as connector:
        await scan(connector)
    assert {row[1] for row in before} == {row[1] for row in entries(tmp_path)}
    assert not {row[0] for row in before} & {row[0] for row in entries(tmp_path)}


async def test_where_numbers_are_read_otherwise_the_index_begins_anew(
    indexed: Opener, directory: Directory, tmp_path: Path
) -> None:
    directory.put(7, NUMBER.e164)
    async with indexed() as connector:
        await scan(connector)
    path = directory.config(tmp_path)
    path.write_text(path.read_text().replace('region = "CN"', 'region = "US"'))
    async with opened(load(path), now=Clock()) as connector:
        assert await handles(connector) == ({"account-7"}, False)


@pytest.mark.parametrize(
    ("begins", "listed", "sentence"),
    [
        ('list_from = ["0"]', "5 as mark from account where id > :mark limit :most", "gives one mark to two"),
        (
            'list_from = ["0"]',
            "'' as mark from account where id > :mark limit :most",
            "the number as its mark",
        ),
        (BEGINS, "1 as mark from account where :mark <> :handle limit :most", "does not go on after :mark"),
    ],
)
async def test_a_list_that_would_leave_accounts_out_or_never_end_is_refused(
    indexed: Opener, directory: Directory, begins: str, listed: str, sentence: str
) -> None:
    directory.put_many(100, [f"+8613800{serial:06}" for serial in range(1500)])
    async with indexed(begins=begins, listed=f"select id as handle, '' as number, {listed}") as connector:
        with pytest.raises(StoreTrouble, match=sentence):
            await scan(connector)


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        ('[index]\nfile = "x"\nkey_file = "x"', "must be two files"),
        (INDEX + 'stale_after = "PT1M"', "stale_after must be longer than refresh"),
    ],
)
async def test_an_index_that_cannot_work_is_refused(indexed: Opener, index: str, sentence: str) -> None:
    with pytest.raises(ConfigInvalid, match=sentence):
        async with indexed(index=index):
            pass


def entries(folder: Path) -> set[tuple[int, str]]:
    """Read what stands in the index."""
    with sqlite3.connect(folder / "index.db") as index:
        return set(index.execute("select number, handle from entries"))
