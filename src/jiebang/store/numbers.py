"""
What carriers have reported about numbers: facts, appended.

A country's carriers report by the million, so rows are read and written in the driver's own types here,
and not one column at a time through SQLAlchemy's.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, select, text

from jiebang.domain.number import Number
from jiebang.domain.span import Span
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.store.among import among
from jiebang.store.tables import changes

_LOCK = 7_243_002
"""PostgreSQL's advisory lock that keeps those who write changes apart; the number means nothing."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {kind.value: kind for kind in ChangeKind}
_COLUMNS = "number, carrier_id, kind, not_before, not_after, holder, takes_back, reported_at, mark"
_READ = "number, kind, not_before, not_after, holder, takes_back, carrier_id"
_SELECT = f"select {_READ} from changes"  # noqa: S608 - columns of ours, and no value
_AMONG = {
    "sqlite": "where number in (select value from json_each(?)) order by seq",
    "postgresql": "where number = any(%s::varchar[]) order by seq",
}
_INSERT = f"insert into changes ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - the same
_Row = tuple[Any, ...]


def lock(connection: Connection) -> None:
    """Keep other writers of changes out until the transaction ends: what is judged must be what is known."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time as it is
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def history(connection: Connection, number: Number) -> list[Change]:
    """Everything reported about a number, in the order in which it was reported."""
    return histories(connection, [number.e164])[number.e164]


def histories(connection: Connection, e164: Collection[str]) -> dict[str, list[Change]]:
    """The same for many numbers in one reading; a number of which nothing is known has an empty list."""
    found: dict[str, list[Change]] = {number: [] for number in e164}
    wanted: Any = json.dumps(list(e164)) if connection.dialect.name == "sqlite" else list(e164)
    for row in connection.exec_driver_sql(f"{_SELECT} {_AMONG[connection.dialect.name]}", (wanted,)):
        found[row[0]].append(_change(tuple(row)))
    return found


def everything(connection: Connection) -> Iterator[tuple[str, list[Change]]]:
    """Every number of which something is known, in the order of numbers, with its history."""
    streamed = connection.execution_options(stream_results=True, yield_per=10_000)
    known: list[Change] = []
    for row in streamed.exec_driver_sql(f"{_SELECT} order by number, seq"):
        if known and known[0].number.e164 != row[0]:
            yield known[0].number.e164, known
            known = []
        known.append(_change(tuple(row)))
    if known:
        yield known[0].number.e164, known


def marked(connection: Connection, carrier_id: str, *, marks: Iterable[str]) -> set[str]:
    """Which of a carrier's marks are known."""
    wanted = select(changes.c.mark).where(
        changes.c.carrier_id == carrier_id, among(connection, changes.c.mark, values=marks)
    )
    return set(connection.execute(wanted).scalars())


def append(
    connection: Connection,
    reported: Sequence[Change],
    *,
    carrier_id: str,
    now: datetime,
    marks: Sequence[str] = (),
) -> None:
    """Append what a carrier has reported, under the lock; `marks` has one for each, or none at all."""
    if not reported:
        return
    at = _microseconds(now)
    rows = [
        (
            change.number.e164, carrier_id, change.kind.value, *_ends(change.at), change.holder,
            change.takes_back and change.takes_back.value, at, mark,
        )
        for change, mark in zip(reported, marks or repeat(None), strict=False)
    ]  # fmt: skip
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT, rows)
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"copy changes ({_COLUMNS}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _change(row: _Row) -> Change:
    number, kind, not_before, not_after, holder, takes_back, carrier_id = row
    return Change(
        number=Number(number), kind=_KINDS[kind], at=_span(not_before, not_after), holder=holder,
        takes_back=takes_back and _KINDS[takes_back], carrier_id=carrier_id,
    )  # fmt: skip


# Days come again and again: a country changes by the hundred thousand on each.
@lru_cache(maxsize=1 << 14)
def _span(not_before: int, not_after: int) -> Span:
    return Span(_EPOCH + timedelta(microseconds=not_before), _EPOCH + timedelta(microseconds=not_after))


@lru_cache(maxsize=1 << 14)
def _ends(at: Span) -> tuple[int | None, int | None]:
    return _microseconds(at.not_before), _microseconds(at.not_after)


def _microseconds(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND
