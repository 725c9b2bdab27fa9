"""CSV: blocks of whole rows, parsed in whichever thread; what stands in the columns is not touched."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from jiebang.recycled.records import Columns, Piece, find_columns
from jiebang.recycled.refusals import NotRecords

_BLOCK = 4 << 20
_LONGEST_ROW = 64 << 20
_MARK = b"\xef\xbb\xbf"
_DELIMITERS = ",;\t|"
_NEWLINE, _QUOTE = 0x0A, 0x22
_COMPRESSED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}


class CsvRecords:
    """A CSV file with a header, in UTF-8 or any encoding that is ASCII where it looks like ASCII."""

    def __init__(self, path: Path, columns: Columns) -> None:
        """Read the header; refuses with `NotRecords` what has none."""
        self._raw = path.open("rb")
        self._size = path.stat().st_size or 1
        compression = _COMPRESSED.get(path.suffix.lower())
        self._stream: Any = self._raw
        if compression is not None:
            self._stream = pa.CompressedInputStream(pa.PythonFile(self._raw, mode="r"), compression)
        self.broken = 0
        try:
            self._rest = self._read().removeprefix(_MARK)
            self._header = self._take_header()
            self.number, self.bound = find_columns(self.names, columns)
        except NotRecords:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def _take_header(self) -> bytes:
        if self._rest[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in self._rest[:1024]:
            raise NotRecords("it is UTF-16, or has NUL characters; write it anew as UTF-8 without them")
        cut = self._rest.find(b"\n") + 1 or len(self._rest)
        header, self._rest = self._rest[:cut], self._rest[cut:]
        line = header.decode(errors="replace").strip("\r\n")
        self._delimiter = max(_DELIMITERS, key=line.count)
        try:
            self.names = next(csv.reader([line], delimiter=self._delimiter), [])
        except csv.Error as wrong:
            raise NotRecords("its first line is no header; lines end in LF or CRLF, not in CR") from wrong
        return header

    def pieces(self) -> Iterator[Piece]:
        """Cut the file into blocks of whole rows."""
        while True:
            more = self._read()
            block = self._rest + more
            cut = _end_of_rows(block) if more else len(block)
            if len(block) - cut > _LONGEST_ROW:
                raise NotRecords("it has a row without an end; look for a quote that is not closed")
            self._rest = block[cut:]
            if cut:
                yield partial(self._parse, block[:cut])
            if not more:
                return

    def share(self) -> float:
        """Say how much has been read."""
        return min(self._raw.tell() / self._size, 1.0)

    def encode(self, kept: pa.RecordBatch) -> bytes:
        """Write rows; values are quoted only in a piece where one needs it."""
        if not kept.num_rows:
            return b""
        for style in ("none", "all_valid"):
            out = io.BytesIO()
            try:
                arrow_csv.write_csv(kept, out, self._options(style))
            except pa.ArrowInvalid:
                continue
            return out.getvalue()
        raise NotRecords("a row cannot be written")

    @contextmanager
    def writer(self, file: BinaryIO, out: Path) -> Iterator[Callable[[Any], None]]:
        """Write the header as it was, then rows; compressed as the name of the file says."""
        compression = _COMPRESSED.get(out.suffix.lower())
        sink = pa.PythonFile(file, mode="w")
        stream = sink if compression is None else pa.CompressedOutputStream(sink, compression)
        stream.write(self._header if self._header.endswith(b"\n") else self._header + b"\n")
        yield stream.write
        stream.flush()
        if compression is not None:
            stream.close()

    def _options(self, style: str) -> Any:  # noqa: ANN401 - the library has no types
        return arrow_csv.WriteOptions(include_header=False, delimiter=self._delimiter, quoting_style=style)

    def _read(self) -> bytes:
        try:
            return bytes(self._stream.read(_BLOCK))
        except OSError as failed:
            raise NotRecords("it is compressed, and broken") from failed

    def _parse(self, block: bytes) -> pa.RecordBatch:
        text = pa.string()
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(block),
                arrow_csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=self.names),
                arrow_csv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=b'"' in block,
                    invalid_row_handler=self._pass_over,
                ),
                arrow_csv.ConvertOptions(
                    check_utf8=False, column_types=dict.fromkeys(self.names, text), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as wrong:
            raise NotRecords("its rows cannot be told apart") from wrong
        return table.combine_chunks().to_batches()[0] if table.num_rows else _nothing(table.schema)

    def _pass_over(self, _row: object) -> str:
        self.broken += 1
        return "skip"


def _nothing(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], column.type) for column in schema], schema=schema)


def _end_of_rows(block: bytes) -> int:
    """Where the last whole row of a block ends; a newline between quotes ends none."""
    if b'"' not in block:
        return block.rfind(b"\n") + 1
    octets = np.frombuffer(block, dtype=np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE)
    before = np.searchsorted(np.flatnonzero(octets == _QUOTE), newlines)
    ends = newlines[before % 2 == 0]
    return int(ends[-1]) + 1 if ends.size else 0
