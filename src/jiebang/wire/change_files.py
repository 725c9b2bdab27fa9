"""A carrier's change file, row by row: CSV or Parquet, plain or compressed, in bounded memory."""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from jiebang.domain.errors import NotANumber
from jiebang.domain.tenure import Change
from jiebang.wire.change_rows import COLUMNS, TAKES_BACK, Reading

_MARK = "\ufeff"
"""The byte order mark that spreadsheets put before the first column's name."""
_CHUNK = 1 << 20
_WIDTHS = {
    len(COLUMNS): "this row does not have four columns",
    len(COLUMNS) + 1: "this row does not have five columns",
}
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_NOT_A_NUMBER = NotANumber.sentence()
_Told = TypeVar("_Told")
_BROKEN = (EOFError, OSError, zlib.error, pa.ArrowException)


class NotAChangeFile(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The file does not have the columns number, change, at, holder, and perhaps takes_back."""


class NotReadable(ValueError):  # noqa: N818 - the same
    """The file is damaged, or packed in a way that is not gzip, zstd or Parquet."""


class ChangedMeanwhile(ValueError):  # noqa: N818 - the same
    """The file has changed since it was looked at. What was loaded before is kept; load it again."""


class Batch(NamedTuple):
    """Rows that follow one another: changes, each with its line, and why the other lines are none."""

    lines: list[int]
    changes: list[Change]
    unreadable: dict[int, str]
    """By line; never what stood there."""


class ChangeFile:
    """A change file on disk, whatever it is packed in."""

    def __init__(self, path: Path) -> None:
        """Look at how it begins; raises `OSError`."""
        self.path = path
        self._looked_at = _looks(path)
        with path.open("rb") as file:
            self._begins = file.read(4)

    def count(self) -> int:
        """Count its rows, reading it to its end; raises `NotReadable` where that cannot be done."""
        try:
            if self._begins == _PARQUET:
                return int(pq.ParquetFile(self.path).metadata.num_rows)
            with self._open() as file:
                return max(0, sum(1 for line in _lines(file) if not line.isspace() and line) - 1)
        except _BROKEN as damaged:
            raise NotReadable from damaged

    def batches(self, reading: Reading, *, size: int, skip: int = 0) -> Iterator[Batch]:
        """
        Read its rows after the first `skip`, so many at a time; empty lines are none.

        Raises `NotAChangeFile` when the columns are others, `NotReadable`, and `ChangedMeanwhile`. In a
        CSV file a row is one line, so that a stray quote spoils no other.
        """
        for batch in self._batches(reading, size=size, skip=skip):
            if _looks(self.path) != self._looked_at:
                raise ChangedMeanwhile
            yield batch

    def _batches(self, reading: Reading, *, size: int, skip: int) -> Iterator[Batch]:
        try:
            if self._begins == _PARQUET:
                yield from _batches(
                    _parquet(self.path), partial(_typed, reading=reading), skip=skip, size=size
                )
            else:
                with self._open() as file:
                    lines = _lines(file)
                    width = _width(next(lines, b""))
                    rows = (row for row in enumerate(lines, start=2) if row[1] and not row[1].isspace())
                    yield from _batches(
                        rows, partial(_line, reading=reading, width=width), skip=skip, size=size
                    )
        except _BROKEN as damaged:
            raise NotReadable from damaged

    def _open(self) -> IO[bytes]:
        if self._begins[:2] == _GZIP:
            return cast("IO[bytes]", gzip.open(self.path))
        if self._begins == _ZSTD:
            return cast("IO[bytes]", pa.CompressedInputStream(self.path.open("rb"), "zstd"))
        return self.path.open("rb")


def _looks(path: Path) -> tuple[int, int, int]:
    """Tell a file from what else may come to lie in its place, without reading it."""
    seen = path.stat()
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Read lines of bounded length: what goes on for a megabyte without an end is no row of ours."""
    rest = b""
    while chunk := file.read(_CHUNK):
        rows = (rest + chunk).split(b"\n")
        rest = rows.pop()
        if len(rest) > _CHUNK:
            raise NotAChangeFile
        yield from rows
    if rest:
        yield rest


def _batches(
    rows: Iterator[tuple[int, _Told]], change: Callable[[_Told], Change], *, skip: int, size: int
) -> Iterator[Batch]:
    left = islice(rows, skip, None)
    while told := list(islice(left, size)):
        batch = Batch([], [], {})
        for line, row in told:
            try:
                batch.changes.append(change(row))
                batch.lines.append(line)
            except NotANumber:
                batch.unreadable[line] = _NOT_A_NUMBER
            except ValueError as refused:
                batch.unreadable[line] = str(refused)
        yield batch


def _line(line: bytes, *, reading: Reading, width: int) -> Change:
    try:
        text = line.decode()
    except UnicodeDecodeError as refused:
        raise ValueError("this row is not UTF-8") from refused
    fields = _split(text)
    if len(fields) != width:
        raise ValueError(_WIDTHS[width])
    return reading.change(*fields)


def _width(head: bytes) -> int:
    """Read how many columns there are, of those that can be."""
    known = {COLUMNS: len(COLUMNS), (*COLUMNS, TAKES_BACK): len(COLUMNS) + 1}
    try:
        names = tuple(_split(head.decode().removeprefix(_MARK)))
    except ValueError:
        names = ()
    if names not in known:
        raise NotAChangeFile
    return known[names]


def _split(text: str) -> list[str]:
    if '"' not in text:
        return text.rstrip("\r\n").split(",")
    try:
        [fields] = csv.reader([text], strict=True)
    except csv.Error as refused:
        raise ValueError("this row has a quote that is not closed, or that is out of place") from refused
    return fields


def _parquet(path: Path) -> Iterator[tuple[int, tuple[Any, ...]]]:
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    if not set(COLUMNS) <= set(names):
        raise NotAChangeFile
    columns = [*COLUMNS, *([TAKES_BACK] if TAKES_BACK in names else [])]
    batches = file.iter_batches(batch_size=10_000, columns=columns)
    yield from enumerate(chain.from_iterable(_told(batch, columns) for batch in batches), start=1)


def _told(batch: pa.RecordBatch, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


def _typed(fields: tuple[Any, ...], *, reading: Reading) -> Change:
    number, kind, at, holder, *more = fields
    takes_back = more[0] if more else None
    texts = (number, kind, holder or "", takes_back or "")
    if at is None or not all(isinstance(text, str) for text in texts):
        raise ValueError("the columns must be texts, and the time a text, a date or a timestamp")
    return reading.change(number, kind, at, holder, takes_back)
