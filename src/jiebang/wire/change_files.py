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
from jiebang.wire.change_rows import BAD_TIME, COLUMNS, TAKES_BACK, Reading

_MARK = "\ufeff"
"""The byte order mark that spreadsheets put before the first column's name."""
_CHUNK = 1 << 20
_WIDTHS = {
    len(COLUMNS): "this row does not have four columns",
    len(COLUMNS) + 1: "this row does not have five columns",
}
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_TEXTS = {pa.string(), pa.large_string(), pa.string_view(), pa.null()}
"""What a column of texts may be; one in which nothing stands has no other type."""
_NOT_A_NUMBER = NotANumber.sentence()
_NOT_UTF_8 = "this row is not UTF-8"
_Told = TypeVar("_Told")
_BROKEN = (EOFError, OSError, zlib.error, pa.ArrowException)


class NotAChangeFile(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The file does not have the columns number, change, at, holder, and perhaps takes_back, each once."""


class NotOurTypes(NotAChangeFile):
    """The columns must be texts, and `at` a text, a date, or a timestamp with its time zone."""


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
        """
        Count its rows, reading it to its end.

        Raises `NotAChangeFile` when no row of it could be a change, and `NotReadable`.
        """
        try:
            if self._begins == _PARQUET:
                file = pq.ParquetFile(self.path)
                _columns(file.schema_arrow)
                return int(file.metadata.num_rows)
            with self._open() as packed:
                lines = _lines(packed)
                _width(next(lines, b""))
                return sum(1 for line in lines if line and not line.isspace())
        except _BROKEN as damaged:
            raise NotReadable from damaged

    def batches(self, reading: Reading, *, size: int, skip: int = 0) -> Iterator[Batch]:
        """
        Read its rows after the first `skip`, so many at a time; empty lines are none.

        Raises what `count` does, and `ChangedMeanwhile`. In a CSV file a row is one line, so that a stray
        quote spoils no other.
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
        raise ValueError(_NOT_UTF_8) from refused
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


_Row = tuple[Any, ...] | ValueError
"""What stands in a row; or why it cannot be read."""


def _parquet(path: Path) -> Iterator[tuple[int, _Row]]:
    file = pq.ParquetFile(path)
    columns = _columns(file.schema_arrow)
    batches = file.iter_batches(batch_size=10_000, columns=columns)
    yield from enumerate(chain.from_iterable(_told(batch, columns) for batch in batches), start=1)


def _columns(schema: pa.Schema) -> list[str]:
    """Name the columns that are read; refuses those from which no row could be a change."""
    names = schema.names
    columns = [*COLUMNS, *([TAKES_BACK] if TAKES_BACK in names else [])]
    if any(names.count(name) != 1 for name in columns):
        raise NotAChangeFile
    for name in columns:
        kind = schema.field(name).type
        if not (_is_text(kind) or (name == "at" and _is_time(kind))):
            raise NotOurTypes
    return columns


def _is_text(kind: pa.DataType) -> bool:
    return (kind.value_type if pa.types.is_dictionary(kind) else kind) in _TEXTS


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind)) or (pa.types.is_timestamp(kind) and kind.tz is not None)


def _told(batch: pa.RecordBatch, columns: list[str]) -> Iterator[_Row]:
    told = [_in_utc(batch.column(name)) for name in columns]
    try:
        return zip(*(column.to_pylist() for column in told), strict=True)
    except (OverflowError, ValueError):
        return map(_row, *told)


def _in_utc(column: pa.Array) -> pa.Array:
    """Read timestamps in the zone that is always known, and no finer than Python does."""
    if not pa.types.is_timestamp(column.type):
        return column
    unit = "us" if column.type.unit == "ns" else column.type.unit
    return column.cast(pa.timestamp(unit, "UTC"), safe=False)


def _row(*cells: pa.Scalar) -> _Row:
    """Read one row of a part in which something cannot be read."""
    try:
        return tuple(cell.as_py() for cell in cells)
    except UnicodeDecodeError:
        return ValueError(_NOT_UTF_8)
    except (OverflowError, ValueError):
        return ValueError(BAD_TIME)


def _typed(row: _Row, *, reading: Reading) -> Change:
    if isinstance(row, ValueError):
        raise row
    number, kind, at, holder, *more = row
    return reading.change(number or "", kind or "", at or "", holder, more[0] if more else None)
