"""What carriers have reported about numbers: facts, appended."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from jiebang.domain.number import Number
from jiebang.domain.span import Span
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import changes

_STRETCH = 5000
"""How many rows of a long reading are held at a time."""


def history(connection: Connection, number: Number) -> list[Change]:
    """Everything reported about a number, in the order in which it was reported."""
    return histories(connection, [number])[number]


def histories(connection: Connection, numbers: Iterable[Number]) -> dict[Number, list[Change]]:
    """The same for many numbers in one reading; a number of which nothing is known has an empty list."""
    found: dict[Number, list[Change]] = defaultdict(list)
    wanted = select(changes).where(changes.c.number.in_(list(numbers))).order_by(changes.c.seq)
    for row in connection.execute(wanted):
        found[row.number].append(_change(row))
    return found


def in_order(connection: Connection) -> Iterator[Change]:
    """Everything reported about every number: by number, ascending, and then as it was reported; streamed."""
    # Of two numbers the one with fewer digits is the smaller; texts of one length compare as their digits do.
    wanted = select(changes).order_by(func.length(changes.c.number), changes.c.number, changes.c.seq)
    for row in connection.execution_options(yield_per=_STRETCH).execute(wanted):
        yield _change(row)


def append(connection: Connection, reported: Sequence[Change], *, carrier_id: str, now: datetime) -> None:
    """Append what a carrier has reported; the same fact again is passed over."""
    rows = [
        {
            "number": change.number, "carrier_id": carrier_id, "kind": change.kind.value,
            "not_before": change.at.not_before, "not_after": change.at.not_after,
            "holder": change.holder, "reported_at": now,
        }
        for change in reported
    ]  # fmt: skip
    insert_new(connection, changes, rows=rows)


def _change(row: Row[Any]) -> Change:
    at = Span(row.not_before, row.not_after)
    return Change(number=row.number, kind=ChangeKind(row.kind), at=at, holder=row.holder)
