"""A signal is not told as acted on while the store could not show everything: what was found is done."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from jiebang.agent.clean import clean_on_due
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.hub import Hub
from jiebang.agent.index.connector import IndexedConnector
from jiebang.agent.ledger import Ledger
from jiebang.agent.signal_book import KEPT
from jiebang.agent.tallies import Tally
from jiebang.domain.number import Number
from tests.agent.directory import INDEX, Directory
from tests.agent.pretender import Pretender
from tests.agent.test_clean import counts, turn
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
NUMBER = Number("+8613800138000")
CLEAN = '\n[clean]\non_disconnected = "unbind"\n'
READ = "select account as handle, number from number where account = :handle"
OF_OLD = READ.replace("number from", "number, '2019-05-06' as bound_at from")
DeskOpener = Callable[[], AbstractAsyncContextManager[Desk]]


@pytest.fixture
def desk_of(directory: Directory, hub: Hub, clock: Clock, tmp_path: Path) -> DeskOpener:
    """Lay out a desk that cleans in time, before a directory with an index."""
    path = directory.config(tmp_path, index=INDEX + CLEAN)
    path.write_text(path.read_text().replace(READ, OF_OLD))

    @asynccontextmanager
    async def _open() -> AsyncIterator[Desk]:
        config, ledger = load(path), Ledger(tmp_path / "ledger.db")
        async with opened(config, now=clock) as connector:
            yield Desk(
                hub=hub, connector=connector, ledger=ledger, now=clock, clean=config.clean,
                canary=config.canary,
            )  # fmt: skip
        ledger.close()

    return _open


async def scan(desk: Desk) -> None:
    """Fill the index, or make it fresh, to its end."""
    assert isinstance(desk.connector, IndexedConnector)
    assert await desk.connector.fill(anew=False, told=lambda _: None) is not None


async def test_before_an_index_is_whole_nothing_is_told_and_the_letter_is_not_sent_again(
    desk_of: DeskOpener, directory: Directory, pretender: Pretender, clock: Clock
) -> None:
    directory.put(7, NUMBER.e164)
    jti = pretender.signal()
    async with desk_of() as desk:
        assert (await turn(desk)).done == [jti]
        assert (pretender.clearances, pretender.mailbox) == ([], {})
        await scan(desk)
        await clean_on_due(desk)
        assert pretender.clearances == []
        clock.turn(timedelta(minutes=1))
        await clean_on_due(desk)
    assert (counts(pretender), directory.numbers(7)) == ((1, 0, 0), [])


async def test_what_an_old_index_finds_is_done_and_counted_with_what_a_fresh_one_finds(
    desk_of: DeskOpener, directory: Directory, pretender: Pretender, clock: Clock
) -> None:
    directory.put(7, NUMBER.e164, at=clock())
    async with desk_of() as desk:
        await scan(desk)
        clock.turn(timedelta(days=10))
        directory.put(8, NUMBER.e164, at=clock())
        pretender.signal()
        await turn(desk)
        assert (directory.numbers(7), directory.numbers(8)) == ([], [NUMBER.e164])
        assert pretender.clearances == []
        await scan(desk)
        clock.turn(timedelta(minutes=1))
        await clean_on_due(desk)
    assert (counts(pretender), directory.numbers(8)) == ((2, 0, 0), [])


async def test_a_store_that_never_shows_everything_is_asked_less_and_less_and_forgotten_at_last(
    desk_of: DeskOpener, pretender: Pretender, clock: Clock
) -> None:
    pretender.signal()
    async with desk_of() as desk:
        await turn(desk)
        tried = 0
        while desk.book.due(clock() + KEPT, 1):
            tried += bool(desk.book.due(clock(), 1))
            await clean_on_due(desk)
            clock.turn(timedelta(minutes=30))
            desk.book.sweep(clock())
    assert (29 < tried < 45, pretender.clearances) == (True, [])


async def test_what_is_left_as_it_is_is_counted_once_however_often_it_is_found(
    desk_of: DeskOpener, directory: Directory, pretender: Pretender, clock: Clock
) -> None:
    directory.put(7, NUMBER.e164, at=clock())
    async with desk_of() as desk:
        await scan(desk)
        clock.turn(timedelta(days=10))
        # Bound on the same day: nobody can tell, and these records cannot be flagged.
        pretender.signal(on="2019-05-06")
        await turn(desk)
        for _ in range(3):
            clock.turn(timedelta(hours=6))
            await clean_on_due(desk)
        await scan(desk)
        clock.turn(timedelta(days=1))
        await clean_on_due(desk)
        desk.tallies.flush()
        assert desk.tallies.totals()[Tally.CLEANED, "kept"] == 1
    assert (counts(pretender), directory.numbers(7)) == ((0, 0, 1), [NUMBER.e164])


async def test_what_was_acted_on_in_part_is_not_dropped_for_a_filter_that_finds_too_much(
    desk_of: DeskOpener, directory: Directory, pretender: Pretender, clock: Clock
) -> None:
    directory.put(7, NUMBER.e164, at=clock())
    pretender.signal()
    async with desk_of() as desk:
        await turn(desk)
        for own in range(8, 14):
            directory.put(own, NUMBER.e164, at=clock())
        await scan(desk)
        clock.turn(timedelta(minutes=1))
        await clean_on_due(desk)
        assert pretender.clearances == []
        for own in range(8, 14):
            directory.put(own, at=clock())
        await scan(desk)
        clock.turn(timedelta(minutes=1))
        await clean_on_due(desk)
    assert (counts(pretender), directory.numbers(7)) == ((1, 0, 0), [])
