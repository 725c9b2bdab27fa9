"""Screening gives rows as they are, in the file's own format, whatever they look like."""

import csv
import gzip
import io
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from jiebang.recycled.days import LAST, NEVER, code_of
from jiebang.recycled.records import Columns
from jiebang.recycled.refusals import NotRecords
from jiebang.recycled.screen import Screening, screen
from jiebang.recycled.verdicts import Verdict
from tests.recycled.made import ONE, TWO, listed

MOVED = date(2024, 3, 1)
FACTS = {ONE: code_of(MOVED), ONE + 1: NEVER, TWO: code_of(date(2025, 1, 1))}
ODD = "id,mobile,registered_at\n1,+{0},2024-02-29\n2,+{0},2024-03-01\n3,+{0},2024-03-02\n"


@pytest.fixture
def screening(tmp_path: Path) -> Screening:
    """Make a list of three numbers."""
    return Screening(published=listed(tmp_path / "a.list", FACTS))


def screened(tmp_path: Path, text: str | bytes, *, screening: Screening, name: str = "users.csv") -> str:
    """Screen a file, and give what comes out."""
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(content)
    screen(tmp_path / name, tmp_path / "out.csv", screening=screening)
    return (tmp_path / "out.csv").read_bytes().decode(errors="surrogateescape")


def test_rows_come_out_as_they_are_and_only_those_bound_before(tmp_path: Path, screening: Screening) -> None:
    head, first, *_ = ODD.format(ONE).splitlines(keepends=True)
    assert screened(tmp_path, ODD.format(ONE), screening=screening) == head + first
    assert screened(tmp_path, ODD.format(ONE + 1), screening=screening) == head
    assert screened(tmp_path, head, screening=screening) == head


@pytest.mark.parametrize(
    "row",
    [
        '7,+{0},2024-01-01,"said ""so"", twice\nand more"',
        "7,+86 138-0013-8000,2024/1/1,x",
        "7,tel:+{0},20240101,",
        "7,+{0},1704067200,晚秋",
        "7,＋{0},1704067200000,x",
        "7,+{0},2024-01-01T08:00:00+08:00,x",
        "7,+{0},2024年1月1日,x",
    ],
)
def test_spellings_are_understood_and_kept(tmp_path: Path, screening: Screening, row: str) -> None:
    text = "id,number,bound_on,note\n" + row.format(ONE) + "\n"
    given_back = screened(tmp_path, text, screening=screening)
    assert list(csv.reader(io.StringIO(given_back))) == list(csv.reader(io.StringIO(text)))


def test_other_encodings_and_ends_of_lines_pass_through(tmp_path: Path, screening: Screening) -> None:
    text = f"number;bound at;备注\r\n+{ONE};2024-01-01;晚秋\r\n".encode("gb18030")
    given_back = screened(tmp_path, text, screening=screening).encode(errors="surrogateescape")
    assert given_back.replace(b"\r\n", b"\n") == text.replace(b"\r\n", b"\n")


def test_compressed_files_are_read(tmp_path: Path, screening: Screening) -> None:
    packed = gzip.compress(ODD.format(ONE).encode())
    assert "2024-02-29" in screened(tmp_path, packed, screening=screening, name="users.csv.gz")
    assert "not a list" not in screened(tmp_path, packed, screening=screening, name="users.csv.gz")


def test_national_numbers_are_read_with_their_region(tmp_path: Path, screening: Screening) -> None:
    text = "number,bound_on\n13800138000,2024-01-01\n138 0013 8000,2024-01-01\n"
    known = Screening(published=screening.published, region="CN")
    assert screened(tmp_path, text, screening=known) == text


def test_bad_rows_are_counted_and_spoil_no_others(tmp_path: Path, screening: Screening) -> None:
    rows = [
        f"+{ONE},2024-01-01",
        f"+{ONE},yesterday",
        "nobody,2024-01-01",
        f"+{ONE}",
        f"+{ONE},1,2",
        f"+{TWO + 5},",
    ]
    (tmp_path / "users.csv").write_text("\n".join(["number,bound_on", *rows]))
    counted = screen(tmp_path / "users.csv", tmp_path / "out.csv", screening=screening)
    assert {one: count for one, count in counted.items() if count} == {
        Verdict.CHANGED: 1, Verdict.NOT_A_DAY: 1, Verdict.NOT_A_NUMBER: 1, Verdict.NOT_A_ROW: 2,
        Verdict.NOT_COVERED: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "--number-column"),
        ("number,x\n1,2\n", "--bound-column"),
        ("number,number,bound_on\n", "the same name"),
        ("number,bound_on\n".encode("utf-16"), "UTF-8"),
        ("number,bound_on\n+8613800138000\0,2024-01-01\n", "NUL"),
        ("number,bound_on\r+8613800138000,2024-01-01\r", "not in CR"),
        (f"number,bound_on,{'x' * 200_000}\n", "no header"),
        (b"PAR1 and no more", "Parquet"),
        (b"", "--number-column"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_written(
    tmp_path: Path, screening: Screening, text: str | bytes, *, said: str
) -> None:
    with pytest.raises(NotRecords, match=said):
        screened(tmp_path, text, screening=screening)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.list", "users.csv"]


def test_columns_can_be_named(tmp_path: Path, screening: Screening) -> None:
    text = f"a,b,number\n+{ONE},2024-01-01,x\n"
    named = Screening(published=screening.published, columns=Columns("a", "b"))
    assert screened(tmp_path, text, screening=named) == text
    wrong = Screening(published=screening.published, columns=Columns("c"))
    with pytest.raises(NotRecords, match="no column c"):
        screened(tmp_path, text, screening=wrong)


def test_a_parquet_file_keeps_its_types_and_its_codec(tmp_path: Path, screening: Screening) -> None:
    table = pa.table(
        {
            "number": pa.array([ONE, TWO, None], pa.int64()),
            "bound_at": pa.array([MOVED - timedelta(days=1)] * 3).cast(pa.timestamp("ms")),
            "tags": [["a"], [], None],
        }
    )
    parquet.write_table(table, tmp_path / "users.parquet", compression="zstd")
    world = Screening(published=screening.published, region="001")
    counted = screen(tmp_path / "users.parquet", tmp_path / "out.parquet", screening=world)
    assert parquet.read_table(tmp_path / "out.parquet").equals(table.slice(0, 2))
    assert parquet.read_metadata(tmp_path / "out.parquet").row_group(0).column(0).compression == "ZSTD"
    assert (counted[Verdict.CHANGED], counted[Verdict.NOT_A_NUMBER]) == (2, 1)


def test_columns_of_views_are_read_and_given_back_as_they_were(tmp_path: Path, screening: Screening) -> None:
    views = {
        "number": pa.array([f"+{ONE}", f"+{ONE + 1}", None, "nobody"], pa.string_view()),
        "bound_at": pa.array(["2024-01-01", "2024-01-01", None, "2024-01-01"], pa.string_view()),
        "note": pa.array([b"\xff or so, and longer", b"", None, b"x"], pa.binary_view()).view(
            pa.string_view()
        ),
        "photo": pa.array([b"\x00 and much more than that", b"", None, b"x"], pa.binary_view()),
    }
    parquet.write_table(pa.table(views), tmp_path / "users.parquet", row_group_size=3)
    counted = screen(tmp_path / "users.parquet", tmp_path / "out.parquet", screening=screening)
    assert (counted[Verdict.CHANGED], counted[Verdict.NOT_A_NUMBER]) == (1, 2)
    assert parquet.read_table(tmp_path / "out.parquet").equals(pa.table(views).slice(0, 1))


def test_what_arrow_can_do_nothing_with_is_refused_and_nothing_is_written(
    tmp_path: Path, screening: Screening
) -> None:
    tags = pa.array([["a"]], pa.list_(pa.string_view()))
    table = pa.table({"number": [f"+{ONE}"], "bound_at": ["2024-01-01"], "tags": tags})
    parquet.write_table(table, tmp_path / "users.parquet")
    with pytest.raises(NotRecords, match="cannot be screened"):
        screen(tmp_path / "users.parquet", tmp_path / "out.parquet", screening=screening)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.list", "users.parquet"]


def test_the_last_day_that_a_list_can_say_is_after_any_other(tmp_path: Path) -> None:
    late = Screening(published=listed(tmp_path / "late.list", {ONE: LAST - 1}))
    assert "2024-03-02" in screened(tmp_path, ODD.format(ONE), screening=late)
