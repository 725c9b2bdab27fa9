"""A carrier's change file, row by row: CSV or Parquet, plain or compressed, in bounded memory."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

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
_BROKEN = (EOFError, OSError, zlib.error, pa.ArrowException)


class NotAChangeFile(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The file does not have the columns number, change, at, holder, and perhaps takes_back."""


class NotReadable(ValueError):  # noqa: N818 - the same
    """The file is damaged, or packed in a way that is not gzip, zstd or Parquet."""


class Row(NamedTuple):
    """One row of a file: a change, or the reason why it is none; never what it held."""

    line: int
    change: Change | None
    reason: str = ""


class ChangeFile:
    """A change file on disk, whatever it is packed in."""

    def __init__(self, path: Path) -> None:
        """Look at how it begins; raises `OSError`."""
        self.path = path
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

    def rows(self, reading: Reading, *, skip: int = 0) -> Iterator[Row]:
        """Read its rows after the first `skip`; raises `NotAChangeFile` when the columns are others."""
        try:
            if self._begins == _PARQUET:
                yield from _parquet(self.path, reading, skip=skip)
            else:
                with self._open() as file:
                    yield from _csv(_lines(file), reading, skip=skip)
        except _BROKEN as damaged:
            raise NotReadable from damaged

    def _open(self) -> IO[bytes]:
        if self._begins[:2] == _GZIP:
            return cast("IO[bytes]", gzip.open(self.path))
        if self._begins == _ZSTD:
            return cast("IO[bytes]", pa.CompressedInputStream(self.path.open("rb"), "zstd"))
        return self.path.open("rb")


def read_changes(lines: Iterable[str], *, zone: tzinfo) -> Iterator[Row]:
    """
    Read the lines of a CSV file; `zone` is where its days begin and end.

    `number` is E.164; `at` is a day (2026-03-01), a stretch of days (2026-03-01/2026-03-03) or an
    instant with its offset (RFC 3339); `holder` is opaque and may be empty. A row is one line, so
    that a stray quote spoils no other. Raises `NotAChangeFile` when the columns are others.
    """
    return _csv((line.encode() for line in lines), Reading(zone))


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


def _csv(lines: Iterator[bytes], reading: Reading, *, skip: int = 0) -> Iterator[Row]:
    width = _width(next(lines, b""))
    numbered = ((line, text) for line, text in enumerate(lines, start=2) if text and not text.isspace())
    for line, text in islice(numbered, skip, None):
        try:
            fields = _split(text.decode())
            yield (
                Row(line, reading.change(*fields))
                if len(fields) == width
                else Row(line, None, _WIDTHS[width])
            )
        except UnicodeDecodeError:
            yield Row(line, None, "this row is not UTF-8")
        except (NotANumber, ValueError) as refused:
            yield Row(line, None, str(refused))


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


def _parquet(path: Path, reading: Reading, *, skip: int) -> Iterator[Row]:
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    if not set(COLUMNS) <= set(names):
        raise NotAChangeFile
    columns = [*COLUMNS, *([TAKES_BACK] if TAKES_BACK in names else [])]
    batches = file.iter_batches(batch_size=10_000, columns=columns)
    told = chain.from_iterable(_told(batch, columns) for batch in batches)
    for line, fields in islice(enumerate(told, start=1), skip, None):
        yield _typed(line, fields, reading=reading)


def _told(batch: pa.RecordBatch, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


def _typed(line: int, fields: tuple[Any, ...], *, reading: Reading) -> Row:
    number, kind, at, holder, *more = fields
    takes_back = more[0] if more else None
    texts = (number, kind, holder or "", takes_back or "")
    if at is None or not all(isinstance(text, str) for text in texts):
        return Row(line, None, "the columns must be texts, and the time a text, a date or a timestamp")
    try:
        return Row(line, reading.change(number, kind, at, holder, takes_back))
    except (NotANumber, ValueError) as refused:
        return Row(line, None, str(refused))
