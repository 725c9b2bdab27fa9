"""A carrier's change file: UTF-8 CSV with the columns number, change, at, holder."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from jiebang.domain.errors import NotANumber, NotASpan
from jiebang.domain.number import parse
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind

COLUMNS = ("number", "change", "at", "holder")
_MARK = "\ufeff"
"""The byte order mark that spreadsheets put before the first column's name."""
_LONGEST_HOLDER = 128


class NotAChangeFile(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The file does not have the columns number, change, at, holder."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: a change, or the reason why it is none; never what it held."""

    line: int
    change: Change | None
    reason: str = ""


def read_changes(lines: Iterable[str], *, zone: tzinfo) -> Iterator[Row]:
    """
    Read a file row by row, in bounded memory; `zone` is where its days begin and end.

    `number` is E.164; `at` is a day (2026-03-01) or an instant with its offset (RFC 3339); `holder`
    is opaque and may be empty. A row is one line, so that a stray quote spoils no other. Raises
    `NotAChangeFile` when the columns are others.
    """
    numbered = enumerate(lines, start=1)
    _, head = next(numbered, (0, ""))
    if not head.strip() or _columns(head.removeprefix(_MARK)) != COLUMNS:
        raise NotAChangeFile
    for line, text in numbered:
        if text.strip():
            try:
                yield Row(line, _change(_fields(text), zone))
            except (NotANumber, ValueError) as refused:
                yield Row(line, None, str(refused))


def _columns(head: str) -> tuple[str, ...]:
    try:
        return tuple(_fields(head))
    except ValueError:
        return ()


def _fields(text: str) -> list[str]:
    try:
        [fields] = csv.reader([text], strict=True)
    except csv.Error as refused:
        raise ValueError("this row has a quote that is not closed, or that is out of place") from refused
    return fields


def _change(fields: list[str], zone: tzinfo) -> Change:
    if len(fields) != len(COLUMNS):
        raise ValueError("this row does not have four columns")
    number, kind, at, holder = fields
    if not number.startswith("+"):
        raise NotANumber
    if kind not in set(ChangeKind):
        raise ValueError(f"the change must be one of {', '.join(ChangeKind)}")
    if len(holder) > _LONGEST_HOLDER or not holder.isprintable():
        raise ValueError(f"the holder must be at most {_LONGEST_HOLDER} printable characters")
    return Change(number=parse(number), kind=ChangeKind(kind), at=_span(at, zone), holder=holder or None)


def _span(text: str, zone: tzinfo) -> Span:
    try:
        return day(date.fromisoformat(text), zone)
    except (NotASpan, ValueError):
        pass  # not a day of the calendar: an instant, or nothing that we can read
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return instant(at.astimezone(UTC))
    except (OverflowError, ValueError):
        pass  # refused with the same sentence
    raise ValueError("the time must be a day, or an instant with its offset from UTC")
