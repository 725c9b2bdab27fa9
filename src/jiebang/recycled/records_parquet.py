"""Parquet: row groups, each read by whichever thread; large ones are read in batches."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from jiebang.recycled.records import Columns, Piece, find_columns
from jiebang.recycled.refusals import NotRecords

_BATCH = 1 << 17
_SMALL_GROUP = 32 << 20
"""Row groups up to this many bytes are read whole, several at a time; larger ones batch by batch."""
_FLUSH = 1 << 18
_REPEATED = 4
"""Bytes a value: what takes less, takes less because of a dictionary."""


class ParquetRecords:
    """A Parquet file of any codec; what comes out has its schema and its codec."""

    broken = 0

    def __init__(self, path: Path, columns: Columns) -> None:
        """Read the file's footer; refuses with `NotRecords` what has none."""
        self._path = path
        self._own = threading.local()
        self._handed = 0
        try:
            file = self._file()
        except (pa.ArrowException, OSError) as wrong:
            raise NotRecords("it is no whole Parquet file") from wrong
        self.schema = file.schema_arrow
        self._read_as = _without_views(self.schema)
        self._about = file.metadata
        self.number, self.bound = find_columns(self.schema.names, columns)

    def close(self) -> None:
        """Close nothing: what is mapped goes with whoever has mapped it."""

    def pieces(self) -> Iterator[Piece]:
        """Cut the file into row groups, or parts of them."""
        for at in range(self._about.num_row_groups):
            group = self._about.row_group(at)
            if group.total_byte_size <= _SMALL_GROUP:
                self._handed += group.num_rows
                yield partial(self._group, at)
                continue
            batches = self._file().iter_batches(_BATCH, row_groups=[at], use_threads=True)
            while (batch := self._next(batches)) is not None:
                self._handed += batch.num_rows
                yield partial(self._readable, batch)

    def share(self) -> float:
        """Say how many of the rows have been handed out."""
        return self._handed / max(int(self._about.num_rows), 1)

    def encode(self, kept: pa.RecordBatch) -> pa.RecordBatch:
        """Leave records as they are, or were before they were read."""
        return kept if self._read_as is self.schema else kept.cast(self.schema)

    @contextmanager
    def writer(self, file: BinaryIO, out: Path) -> Iterator[Callable[[Any], None]]:
        """Write Parquet, gathering what is small into row groups of some size."""
        del out
        gathered: list[pa.RecordBatch] = []
        with parquet.ParquetWriter(
            file, self.schema, compression=self._codec(), use_dictionary=self._repeated()
        ) as writer:

            def flush() -> None:
                if gathered:
                    writer.write_table(pa.Table.from_batches(gathered, self.schema))
                    gathered.clear()

            def write(kept: pa.RecordBatch) -> None:
                gathered.append(kept)
                if sum(batch.num_rows for batch in gathered) >= _FLUSH:
                    flush()

            yield write
            flush()

    def _repeated(self) -> list[str]:
        """List the columns whose values repeat; a dictionary of others costs more than it saves."""
        rows = self._about.row_group(0) if self._about.num_row_groups else None
        if rows is None or self._about.num_columns != len(self.schema.names):
            return list(self.schema.names)
        return [
            name
            for at, name in enumerate(self.schema.names)
            if rows.column(at).total_uncompressed_size < _REPEATED * rows.num_rows
        ]

    def _codec(self) -> str:
        if not self._about.num_row_groups:
            return "snappy"
        codec = str(self._about.row_group(0).column(0).compression)
        return "none" if codec == "UNCOMPRESSED" else codec.lower()

    def _file(self) -> Any:  # noqa: ANN401 - the library has no types
        if not hasattr(self._own, "file"):
            self._own.file = parquet.ParquetFile(self._path, pre_buffer=False)
        return self._own.file

    def _group(self, at: int) -> pa.RecordBatch:
        try:
            table = self._file().read_row_group(at, use_threads=False)
        except (pa.ArrowException, OSError) as wrong:
            raise NotRecords("a row group cannot be read") from wrong
        batches = table.to_batches()
        if len(batches) > 1:
            batches = table.combine_chunks().to_batches()
        return self._readable(batches[0] if batches else pa.RecordBatch.from_pylist([], schema=self.schema))

    def _readable(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch if self._read_as is self.schema else batch.cast(self._read_as)

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as wrong:
            raise NotRecords("a row group cannot be read") from wrong


def _without_views(schema: pa.Schema) -> pa.Schema:
    """Give the schema with texts that lie together: Arrow takes no rows out of those that are views."""
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    if not any(field.type in plain for field in schema):
        return schema
    return pa.schema([field.with_type(plain.get(field.type, field.type)) for field in schema])
