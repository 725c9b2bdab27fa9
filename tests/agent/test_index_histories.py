"""Whatever happens to accounts, and whenever a scan is killed: an index says what a full search says."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as some

from jiebang.agent.config import Config, load
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.connectors.opening import opened
from jiebang.agent.index.connector import IndexedConnector
from jiebang.domain.number import Number
from tests.agent.directory import Directory

NUMBERS = [Number(f"+861380013800{last}") for last in range(4)]
ACCOUNTS = some.integers(2, 6)
SPELLED = some.sampled_from(
    [number.spelled(how) for number in NUMBERS for how in ("e164", "national_digits")]
)
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("put"), ACCOUNTS, some.lists(SPELLED, max_size=2, unique_by=lambda n: n[-11:])),
        some.tuples(some.just("remove"), ACCOUNTS),
        some.tuples(some.just("consent"), ACCOUNTS, some.none() | SPELLED),
        some.tuples(some.just("scan"), some.booleans()),
        some.tuples(some.just("killed"), some.integers(1, 5), some.booleans()),
    ),
    max_size=15,
)


class Killed(Exception):  # noqa: N818 - it stands for the end of a process
    """The scan ends here."""


class Hurrying:
    """A clock by which every page takes so long that it is kept by itself."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=6)
        return self.at


@settings(max_examples=40)
@given(STEPS)
def test_index_and_source_say_what_a_full_search_says(steps: Sequence[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_history(Path(folder), steps))


async def _history(folder: Path, steps: Sequence[tuple[object, ...]]) -> None:
    clock, directory = Hurrying(), Directory(f"sqlite:///{folder}/directory.db")
    config = load(directory.config(folder))
    for step in [*steps, ("scan", False)]:
        done = await _step(step, directory, config=config, clock=clock)
        async with opened(config, now=clock) as through_index, _full(config, clock) as full:
            for number in NUMBERS:
                ours, theirs = await through_index.find(number), await full.find(number)
                found = {record.handle for record in ours.records}
                assert found <= {record.handle for record in theirs.records}
                if done:
                    assert ours.complete
                    assert found == {record.handle for record in theirs.records}
    directory.close()


async def _step(step: tuple[object, ...], directory: Directory, *, config: Config, clock: Hurrying) -> bool:
    """Take a step; says whether a scan came to its end by it."""
    match step:
        case ("put", int(own), list(numbers)):
            directory.put(own, *numbers, at=clock())
        case ("remove", int(own)):
            directory.remove(own)
        case ("consent", int(own), number):
            directory.consent(own, number if isinstance(number, str) else None)
        case ("scan", bool(anew)):
            # What was killed is ended first; only a pass that begins now knows all that was done before.
            await _scanned(config, clock, parts=99, anew=False)
            return await _scanned(config, clock, parts=99, anew=anew)
        case ("killed", int(parts), bool(anew)):
            await _scanned(config, clock, parts=parts, anew=anew)
    return False


async def _scanned(config: Config, clock: Hurrying, *, parts: int, anew: bool) -> bool:
    """Scan in a process of its own, so to say, that dies when it has kept so many parts."""
    left = parts

    def _told(_seen: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed

    async with opened(config, now=clock) as connector:
        assert isinstance(connector, IndexedConnector)
        try:
            return await connector.fill(anew=anew, told=_told) is not None
        except Killed:
            return False


def _full(config: Config, clock: Hurrying) -> AbstractAsyncContextManager[Connector]:
    """Search the whole store, as the statement find can in this one."""
    return opened(config.model_copy(update={"index": None}), now=clock)
