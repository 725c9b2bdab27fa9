"""Screening: which of a platform's records are on numbers that changed hands after they were bound."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from jiebang.recycled.bound import Calendar
from jiebang.recycled.layout import Numbers
from jiebang.recycled.mapped import MappedList
from jiebang.recycled.records import Columns, Piece, Records
from jiebang.recycled.records_csv import CsvRecords
from jiebang.recycled.records_parquet import ParquetRecords
from jiebang.recycled.refusals import NotRecords
from jiebang.recycled.spelling import Speller
from jiebang.recycled.verdicts import Verdict, judge
from jiebang.recycled.whole import written_whole

_PARQUET = b"PAR1"
_THREADS = 2
_AHEAD = 2
"""How many pieces may wait read for a thread, so that memory stays bounded."""
_STRIDE = 1 << 16
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """How to screen: with which list, which columns, in which spelling, and which verdicts to hand out."""

    published: MappedList
    zone: str = "UTC"
    """The list's time zone."""
    columns: Columns = field(default_factory=Columns)
    region: str | None = None
    wanted: tuple[Verdict, ...] = (Verdict.CHANGED,)


def screen(
    path: Path, out: Path, *, screening: Screening, told: Callable[[float], None] = lambda _: None
) -> dict[Verdict, int]:
    """
    Write the records whose number changed hands after it was bound, and count all by verdict.

    `out` has the format and the columns of `path`, and is written whole or not at all. `told`
    hears the share that has been read. Refuses with `NotRecords` a file that cannot be read.
    """
    counted = np.zeros(len(Verdict), dtype=np.int64)
    screening.published.prepare()
    with closing(open_records(path, screening.columns)) as records:
        judging = _Judging(screening, records)
        with _in_sentences(), written_whole(out) as file, records.writer(file, out) as write:
            for kept, counts in _in_turn(judging.piece, records.pieces()):
                write(kept)
                counted += counts
                told(records.share())
        counted[Verdict.NOT_A_ROW] = records.broken
    return {verdict: int(counted[verdict]) for verdict in Verdict}


@contextmanager
def _in_sentences() -> Iterator[None]:
    """Refuse what Arrow can do nothing with; what it says may repeat what stands in a file."""
    try:
        yield
    except pa.ArrowException as wrong:
        raise NotRecords(f"something in it cannot be screened: {type(wrong).__name__}") from wrong


def open_records(path: Path, columns: Columns) -> Records:
    """Open a file of records, CSV or Parquet as its first bytes say; refuses with `NotRecords`."""
    try:
        with path.open("rb") as file:
            first = file.read(len(_PARQUET))
        return ParquetRecords(path, columns) if first == _PARQUET else CsvRecords(path, columns)
    except OSError as failed:
        raise NotRecords(failed.strerror or str(failed)) from failed


class _Judging:
    """What the threads share: each has its own piece, and all have the same list."""

    def __init__(self, screening: Screening, records: Records) -> None:
        self._screening, self._records = screening, records
        self._wanted = np.isin(np.arange(len(Verdict)), screening.wanted)
        self._speller, self._calendar = Speller(screening.region), Calendar(screening.zone)

    def piece(self, load: Piece) -> tuple[object, Numbers]:
        """Read a piece, judge it, and give what is handed out of it, with the counts by verdict."""
        batch, counts = load(), np.zeros(len(Verdict), dtype=np.int64)
        kept: list[Numbers] = []
        for start in range(0, batch.num_rows, _STRIDE):
            stretch = batch.slice(start, _STRIDE)
            verdicts = judge(
                self._screening.published,
                self._speller.numbers(stretch.column(self._records.number)),
                bound=self._calendar.codes(stretch.column(self._records.bound)),
            )
            counts += np.bincount(verdicts, minlength=len(Verdict))
            kept.append(start + np.flatnonzero(self._wanted[verdicts]))
        chosen = batch.take(pa.array(np.concatenate([*kept, np.zeros(0, dtype=np.int64)])))
        return self._records.encode(chosen), counts


def _in_turn(work: Callable[[Piece], _Made], pieces: Iterable[Piece]) -> Iterator[_Made]:
    """Work on pieces in a few threads, and give what comes of them in their order."""
    rest = iter(pieces)
    with ThreadPoolExecutor(_THREADS) as threads:
        waiting: list[Future[_Made]] = [threads.submit(work, one) for one in islice(rest, _THREADS + _AHEAD)]
        while waiting:
            done = waiting.pop(0).result()
            waiting += [threads.submit(work, one) for one in islice(rest, 1)]
            yield done
