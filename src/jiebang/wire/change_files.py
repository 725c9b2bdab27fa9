"""A carrier's change file: UTF-8 CSV with the columns number, change, at, holder."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from jiebang.domain.errors import NotANumber
from jiebang.domain.number import parse
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind

COLUMNS = ("number", "change", "at", "holder")


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
    is opaque and may be empty. Raises `NotAChangeFile` when the columns are others.
    """
    reader = csv.DictReader(lines, strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise NotAChangeFile
    for row in reader:
        if None in row or None in row.values():
            yield Row(reader.line_num, None, "this row does not have four columns")
            continue
        try:
            yield Row(reader.line_num, _change(row, zone))
        except (NotANumber, ValueError) as refused:
            yield Row(reader.line_num, None, str(refused))


def _change(row: dict[str, str], zone: tzinfo) -> Change:
    if not row["number"].startswith("+"):
        raise NotANumber
    if row["change"] not in set(ChangeKind):
        message = f"the change must be one of {', '.join(ChangeKind)}"
        raise ValueError(message)
    return Change(
        number=parse(row["number"]),
        kind=ChangeKind(row["change"]),
        at=_span(row["at"], zone),
        holder=row["holder"] or None,
    )


def _span(text: str, zone: tzinfo) -> Span:
    try:
        return day(date.fromisoformat(text), zone)
    except ValueError:
        pass  # not a day: an instant, or nothing that we can read
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - stands for "no instant"; refused with the same sentence
    if at.tzinfo is None:
        message = "the time must be a day, or an instant with its offset from UTC"
        raise ValueError(message)
    return instant(at.astimezone(UTC))
