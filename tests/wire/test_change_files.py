"""A carrier's file is read row by row: each row is a change, or the reason why it is none."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TypeAlias

import pytest

from jiebang.domain.errors import NotANumber
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.wire.change_files import Batch, ChangedMeanwhile, ChangeFile, NotAChangeFile
from jiebang.wire.change_rows import Reading
from tests.build import BEIJING, NUMBER, OTHER_NUMBER, on

HEAD = "number,change,at,holder\n"
GOOD = "+8613800138055,assigned,2026-03-02,h1\n"
Rows: TypeAlias = Callable[..., dict[int, Change | str]]
TAKEN = Change(number=NUMBER, kind=ChangeKind.ASSIGNED, at=on(2026, 3, 2), holder="h1")


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Read a file of these lines, each by its number: a change, or why it is none."""

    def read(*lines: str, head: str = HEAD, zone: tzinfo = BEIJING, **how: int) -> dict[int, Change | str]:
        path = tmp_path / "changes.csv"
        path.write_bytes("".join([head, *lines]).encode())
        found: dict[int, Change | str] = {}
        for batch in ChangeFile(path).batches(Reading(zone), **{"size": 1000} | how):
            found.update(zip(batch.lines, batch.changes, strict=True))
            found.update(batch.unreadable)
        return dict(sorted(found.items()))

    return read


@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind is not ChangeKind.CORRECTED])
def test_every_kind_of_change_is_read(rows: Rows, kind: ChangeKind) -> None:
    at = day(datetime(2026, 3, 2, tzinfo=UTC).date())
    change = Change(number=OTHER_NUMBER, kind=kind, at=at, holder=None)
    assert rows(f"+12015550123,{kind.value},2026-03-02,\n", zone=UTC) == {2: change}


@pytest.mark.parametrize(
    ("at", "span"),
    [
        ("2026-03-02", on(2026, 3, 2)),
        ("2026-03-02T10:00:00+08:00", instant(datetime(2026, 3, 2, 2, tzinfo=UTC))),
        ("2026-03-02T02:00:00Z", instant(datetime(2026, 3, 2, 2, tzinfo=UTC))),
        ("2026-03-02 02:00:00.5+00:00", instant(datetime(2026, 3, 2, 2, 0, 0, 500_000, tzinfo=UTC))),
    ],
)
def test_a_day_is_a_day_there_and_an_instant_is_one_everywhere(rows: Rows, at: str, span: Span) -> None:
    assert rows(f"+8613800138055,assigned,{at},h1\n") == {2: TAKEN._replace(at=span)}


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\r\n"),
        '"+8613800138055","assigned","2026-03-02","h1"\n',
        "+86 138 0013 8055,assigned,2026-03-02,h1\n",
    ],
)
def test_a_row_is_read_however_a_spreadsheet_wrote_it(rows: Rows, line: str) -> None:
    assert rows(line) == {2: TAKEN}


def test_a_holder_may_have_a_comma_and_a_quote(rows: Rows) -> None:
    told = rows('+8613800138055,assigned,2026-03-02,"a,""b"""\n')
    assert told == {2: TAKEN._replace(holder='a,"b"')}


@pytest.mark.parametrize(
    "head", ["\ufeffnumber,change,at,holder\n", '\ufeff"number","change","at","holder"\n']
)
def test_the_mark_that_spreadsheets_put_first_is_no_part_of_a_name(rows: Rows, head: str) -> None:
    assert rows(GOOD, head=head) == {2: TAKEN}


NOT_A_NUMBER = str(NotANumber())
FOUR = "this row does not have four columns"
TIME = "the time must be a day, two days with a slash between, or an instant with its offset from UTC"
BROKEN = "this row has a quote that is not closed, or that is out of place"
HOLDER = "the holder must be at most 128 printable characters"
KIND = "the change must be one of assigned, ported, suspended, resumed, disconnected, corrected"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("13800138055,assigned,2026-03-02,h1\n", NOT_A_NUMBER),
        ("+861380013,assigned,2026-03-02,h1\n", NOT_A_NUMBER),
        (",assigned,2026-03-02,h1\n", NOT_A_NUMBER),
        ("+8613800138055,sold,2026-03-02,h1\n", KIND),
        ("+8613800138055,Assigned,2026-03-02,h1\n", KIND),
        ("+8613800138055,assigned,,h1\n", TIME),
        ("+8613800138055,assigned,02.03.2026,h1\n", TIME),
        ("+8613800138055,assigned,2026-02-30,h1\n", TIME),
        ("+8613800138055,assigned,2026-03-02T10:00:00,h1\n", TIME),
        ("+8613800138055,assigned,9999-12-31,h1\n", TIME),
        ("+8613800138055,assigned,0001-01-01,h1\n", TIME),
        ("+8613800138055,assigned,0001-01-01T00:00:00+08:00,h1\n", TIME),
        ("+8613800138055,assigned,2026-03-02\n", FOUR),
        ("+8613800138055,assigned,2026-03-02,h1,more\n", FOUR),
        ("words\n", FOUR),
        (f"+8613800138055,assigned,2026-03-02,{'h' * 129}\n", HOLDER),
        ("+8613800138055,assigned,2026-03-02,a\x00b\n", HOLDER),  # PostgreSQL cannot keep this
        ('"+8613800138055,assigned,2026-03-02,h1\n', BROKEN),
        ('+8613800138055,assigned,2026-03-02,"h"1\n', BROKEN),
    ],
)
def test_a_bad_row_is_named_with_its_reason_and_the_next_is_read(rows: Rows, line: str, reason: str) -> None:
    assert rows(line, GOOD) == {2: reason, 3: TAKEN}
    assert "1380013" not in reason


def test_empty_lines_are_passed_over_and_still_counted(rows: Rows) -> None:
    assert rows("\n", GOOD, "\r\n", "\n", GOOD) == {3: TAKEN, 6: TAKEN}


@pytest.mark.parametrize(
    "head",
    ["", "number,change,at\n", "change,number,at,holder\n", "number;change;at;holder\n", GOOD, '"number\n'],
)
def test_a_file_with_other_columns_is_none_of_ours(rows: Rows, tmp_path: Path, head: str) -> None:
    with pytest.raises(NotAChangeFile):
        rows(GOOD if head else "", head=head)
    with pytest.raises(NotAChangeFile):
        ChangeFile(tmp_path / "changes.csv").count()


def test_a_file_with_nothing_below_its_head_has_no_rows(rows: Rows) -> None:
    assert rows() == {}


def test_a_file_is_read_so_many_rows_at_a_time_and_from_any_on(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text(HEAD + GOOD + "\n" + "bad\n" + GOOD * 4)
    batches = list(ChangeFile(path).batches(Reading(BEIJING), size=2, skip=1))
    assert [batch.lines for batch in batches] == [[5], [6, 7], [8]]
    assert [batch.unreadable for batch in batches] == [{4: FOUR}, {}, {}]


def test_a_row_that_is_not_utf_8_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_bytes((HEAD + GOOD + GOOD.replace("h1", "王") + GOOD).encode("gbk"))
    [batch] = ChangeFile(path).batches(Reading(BEIJING), size=9)
    assert batch == Batch([2, 4], [TAKEN, TAKEN], {3: "this row is not UTF-8"})


def test_a_file_that_changes_while_it_is_read_is_read_no_further(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text(HEAD + GOOD * 9)
    batches = ChangeFile(path).batches(Reading(BEIJING), size=2)
    assert next(batches).lines == [2, 3]
    with path.open("a") as more:
        more.write(GOOD)
    with pytest.raises(ChangedMeanwhile):
        next(batches)
