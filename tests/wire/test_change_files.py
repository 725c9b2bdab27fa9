"""A carrier's file is read row by row: each row is a change, or the reason why it is none."""

from datetime import UTC, datetime, tzinfo
from itertools import count, islice, repeat
from pathlib import Path

import pytest

from jiebang.domain.errors import NotANumber
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.wire.change_files import NotAChangeFile, Row, read_changes
from tests.build import BEIJING, NUMBER, OTHER_NUMBER, on

HEAD = "number,change,at,holder\n"
GOOD = "+8613800138055,assigned,2026-03-02,h1\n"
TAKEN = Row(2, Change(number=NUMBER, kind=ChangeKind.ASSIGNED, at=on(2026, 3, 2), holder="h1"))


def rows(*lines: str, zone: tzinfo = BEIJING) -> list[Row]:
    """Read a file of these lines below its head."""
    return list(read_changes([HEAD, *lines], zone=zone))


@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind is not ChangeKind.CORRECTED])
def test_every_kind_of_change_is_read(kind: ChangeKind) -> None:
    [row] = rows(f"+12015550123,{kind.value},2026-03-02,\n", zone=UTC)
    at = day(datetime(2026, 3, 2, tzinfo=UTC).date())
    assert row == Row(2, Change(number=OTHER_NUMBER, kind=kind, at=at, holder=None))


@pytest.mark.parametrize(
    ("at", "span"),
    [
        ("2026-03-02", on(2026, 3, 2)),
        ("2026-03-02T10:00:00+08:00", instant(datetime(2026, 3, 2, 2, tzinfo=UTC))),
        ("2026-03-02T02:00:00Z", instant(datetime(2026, 3, 2, 2, tzinfo=UTC))),
        ("2026-03-02 02:00:00.5+00:00", instant(datetime(2026, 3, 2, 2, 0, 0, 500_000, tzinfo=UTC))),
    ],
)
def test_a_day_is_a_day_there_and_an_instant_is_one_everywhere(at: str, span: Span) -> None:
    [row] = rows(f"+8613800138055,assigned,{at},h1\n")
    assert row.change is not None
    assert row.change.at == span


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
def test_a_row_is_read_however_a_spreadsheet_wrote_it(line: str) -> None:
    assert rows(line) == [TAKEN]


def test_a_holder_may_have_a_comma_and_a_quote() -> None:
    [row] = rows('+8613800138055,assigned,2026-03-02,"a,""b"""\n')
    assert row.change is not None
    assert row.change.holder == 'a,"b"'


@pytest.mark.parametrize(
    "head", ["\ufeffnumber,change,at,holder\n", '\ufeff"number","change","at","holder"\n']
)
def test_the_mark_that_spreadsheets_put_first_is_no_part_of_a_name(head: str) -> None:
    assert list(read_changes([head, GOOD], zone=BEIJING)) == [TAKEN]


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
def test_a_bad_row_is_named_with_its_reason_and_the_next_is_read(line: str, reason: str) -> None:
    bad, good = rows(line, GOOD)
    assert bad == Row(2, None, reason)
    assert "1380013" not in bad.reason
    assert good == Row(3, TAKEN.change)


def test_empty_lines_are_passed_over_and_still_counted() -> None:
    assert [row.line for row in rows("\n", GOOD, "\r\n", "\n", GOOD)] == [3, 6]


@pytest.mark.parametrize(
    "head",
    ["", "number,change,at\n", "change,number,at,holder\n", "number;change;at;holder\n", GOOD, '"number\n'],
)
def test_a_file_with_other_columns_is_none_of_ours(head: str) -> None:
    with pytest.raises(NotAChangeFile):
        list(read_changes([head, GOOD] if head else [], zone=BEIJING))


def test_a_file_with_nothing_below_its_head_has_no_rows() -> None:
    assert rows() == []


def test_a_file_without_end_is_read_as_it_comes() -> None:
    endless = (line for start in [repeat(HEAD, 1), repeat(GOOD)] for line in start)
    assert [row.line for row in islice(read_changes(endless, zone=BEIJING), 1000)] == list(
        islice(count(2), 1000)
    )


def test_a_file_on_disk_is_read_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_bytes((HEAD + GOOD).replace("\n", "\r\n").encode("utf-8-sig"))
    with path.open(encoding="utf-8") as lines:
        assert list(read_changes(lines, zone=BEIJING)) == [TAKEN]
