"""A carrier's Parquet file: what stands in it may be of a type, or beyond a type, that nobody foresaw."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from jiebang.domain.errors import NotANumber
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import Change
from jiebang.wire.change_files import Batch, ChangeFile, NotAChangeFile, NotOurTypes
from jiebang.wire.change_rows import BAD_TIME, Reading
from tests.build import BEIJING, NUMBER, on
from tests.wire.test_change_files import KIND, TAKEN

GOOD = pa.array(["+8613800138055"] * 3)
KINDS = pa.array(["assigned"] * 3)
DAYS = pa.array(["2026-03-02"] * 3)
HOLDERS = pa.array(["h1"] * 3)
TABLE = {"number": GOOD, "change": KINDS, "at": DAYS, "holder": HOLDERS}
SECONDS = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
NOT_UTF_8 = "this row is not UTF-8"


def texts(*said: bytes) -> pa.Array:
    """Make a column of texts, UTF-8 or not."""
    return pa.array(said).view(pa.string())


def moments(unit: str, *values: int, zone: str | None = "UTC") -> pa.Array:
    """Make a column of timestamps."""
    return pa.array(values).cast(pa.timestamp(unit, zone))


def written(place: Path, **columns: pa.Array) -> ChangeFile:
    """Write three good rows, but for the columns that are given."""
    path = place / "changes.parquet"
    parquet.write_table(pa.table(TABLE | columns), path)
    return ChangeFile(path)


def read(file: ChangeFile) -> Batch:
    """Read a file in one batch."""
    [batch] = file.batches(Reading(BEIJING), size=9)
    return batch


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        ("at", moments("s", SECONDS, 10**15, SECONDS), BAD_TIME),
        ("at", moments("us", SECONDS * 10**6, -(2**62), SECONDS * 10**6), BAD_TIME),
        ("at", pa.array([20_000, 10**8, 20_000], pa.int32()).cast(pa.date32()), BAD_TIME),
        ("at", pa.array([date(2026, 3, 2), None, date(2026, 3, 2)]), BAD_TIME),
        ("at", texts(b"2026-03-02", b"2026-03-02\xff", b"2026-03-02"), NOT_UTF_8),
        ("number", texts(b"+8613800138055", b"+86138\xc0", b"+8613800138055"), NOT_UTF_8),
        ("number", pa.array(["+8613800138055", None, "+8613800138055"]), str(NotANumber())),
        ("change", pa.array(["assigned", None, "assigned"]), KIND),
        ("holder", texts(b"h1", "王".encode("gbk"), b"h1"), NOT_UTF_8),
        ("holder", texts(b"h1", "王".encode("gbk"), b"h1").dictionary_encode(), NOT_UTF_8),
    ],
)
def test_one_cell_that_cannot_be_read_spoils_its_row_alone(
    tmp_path: Path, column: str, cells: pa.Array, reason: str
) -> None:
    file = written(tmp_path, **{column: cells})
    batch = read(file)
    assert (file.count(), batch.lines, batch.unreadable) == (3, [1, 3], {2: reason})
    assert {change.number for change in batch.changes} == {NUMBER}


@pytest.mark.parametrize(
    ("at", "span"),
    [
        (moments("s", *[SECONDS] * 3, zone="Asia/Shanghai"), instant(datetime(2026, 3, 2, tzinfo=UTC))),
        (
            moments("us", *[SECONDS * 10**6] * 3, zone="Mars/Olympus"),
            instant(datetime(2026, 3, 2, tzinfo=UTC)),
        ),
        (
            moments("ns", *[SECONDS * 10**9 + 1999] * 3),
            instant(datetime(2026, 3, 2, microsecond=1, tzinfo=UTC)),
        ),
        (pa.array([date(2026, 3, 2)] * 3), on(2026, 3, 2)),
        (DAYS.cast(pa.string_view()), on(2026, 3, 2)),
        (DAYS.cast(pa.large_string()), on(2026, 3, 2)),
        (DAYS.dictionary_encode(), on(2026, 3, 2)),
    ],
)
def test_a_time_is_read_of_whatever_type_it_is(tmp_path: Path, at: pa.Array, span: Span) -> None:
    assert read(written(tmp_path, at=at)).changes == [TAKEN._replace(at=span)] * 3


def test_a_column_in_which_nothing_stands_is_of_no_type(tmp_path: Path) -> None:
    changes: list[Change] = read(written(tmp_path, holder=pa.nulls(3), takes_back=pa.nulls(3))).changes
    assert changes == [TAKEN._replace(holder=None)] * 3


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("at", DAYS.cast(pa.binary())),
        ("at", pa.array([[SECONDS]] * 3)),
        ("at", pa.array([SECONDS] * 3)),
        ("at", moments("us", *[SECONDS * 10**6] * 3, zone=None)),
        ("number", pa.array([8613800138055] * 3)),
        ("change", pa.array([["assigned"]] * 3)),
        ("holder", pa.array([{"id": 1}] * 3)),
        ("takes_back", pa.array([1] * 3)),
    ],
)
def test_columns_of_which_no_row_can_be_read_are_refused_before_the_first(
    tmp_path: Path, column: str, cells: pa.Array
) -> None:
    with pytest.raises(NotOurTypes):
        written(tmp_path, **{column: cells}).count()


@pytest.mark.parametrize("names", [["number", "change", "at", "holder", "at"], ["number", "change", "at"]])
def test_columns_that_are_missing_or_there_twice_are_refused_before_the_first(
    tmp_path: Path, names: list[str]
) -> None:
    path = tmp_path / "changes.parquet"
    parquet.write_table(pa.Table.from_arrays([TABLE[name] for name in names], names), path)
    with pytest.raises(NotAChangeFile):
        ChangeFile(path).count()
