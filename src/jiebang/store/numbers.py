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
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy import Connection, func, select, text

from jiebang.domain.number import Number
from jiebang.domain.span import Span
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.store.among import among
from jiebang.store.database import Database
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
    "sqlite": "where number in (select value from json_each(?)) order by number, seq",
    "postgresql": "where number = any(%s::varchar[]) order by number, seq",
}
_INSERT = f"insert into changes ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - the same
_NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
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
    kind = connection.dialect.name
    read = connection.exec_driver_sql(f"{_SELECT} {_AMONG[kind]}", (_listed(e164, kind),))
    # The driver's own rows: SQLAlchemy's cost as much again.
    return _found(e164, read.cursor.fetchall())


def glance(database: Database, e164: Collection[str]) -> dict[str, list[Change]]:
    """The same without a transaction, for whoever reads nothing else."""
    kind = database.engine.dialect.name
    with database.glance() as driver:
        rows = driver.execute(f"{_SELECT} {_AMONG[kind]}", (_listed(e164, kind),)).fetchall()
    return _found(e164, rows)


def _listed(e164: Collection[str], kind: str) -> object:
    return json.dumps(sorted(e164)) if kind == "sqlite" else list(e164)


def _found(e164: Iterable[str], rows: Iterable[_Row]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {number: [] for number in e164}
    for row in rows:
        history = found[row[0]]
        history.append(_change(row, history[0].number if history else Number(row[0])))
    return found


def last_seq(connection: Connection) -> int:
    """The place of the last change: about how many there are, without counting them."""
    return int(connection.execute(select(func.max(changes.c.seq))).scalar() or 0)


def everything(connection: Connection) -> Iterator[tuple[str, list[Change]]]:
    """Every number of which something is known, the smallest first, with its history; streamed."""
    # Of two numbers the one with fewer digits is the smaller; texts of one length compare as their digits do.
    streamed = connection.execution_options(stream_results=True, yield_per=10_000)
    known: list[Change] = []
    for row in streamed.exec_driver_sql(f"{_SELECT} order by length(number), number, seq"):
        if known and known[0].number.e164 != row[0]:
            yield known[0].number.e164, known
            known = []
        known.append(_change(tuple(row), known[0].number if known else Number(row[0])))
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
    # In the order of numbers the index is walked once; of one number, the order stays that of its reports.
    rows.sort(key=itemgetter(0))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT, rows)
    else:
        _copy(connection, rows)


def _copy(connection: Connection, rows: Iterable[_Row]) -> None:
    driver: Any = connection.connection.driver_connection
    said = "".join(map(_line, rows))
    try:
        with driver.cursor().copy(f"copy changes ({_COLUMNS}) from stdin") as copy:
            copy.write(said)
    except psycopg.Error as failed:
        # Only its first sentence is passed on: the rest tells what was in the row.
        failed.args = (failed.diag.message_primary,)
        raise


def _line(row: _Row) -> str:
    """Write a row in COPY's text format: the driver takes twice as long to write the same."""
    number, carrier_id, kind, first, last, holder, takes_back, at, mark = row
    said = f"{number}\t{_escaped(carrier_id)}\t{kind}\t{first}\t{last}\t{_escaped(holder)}"
    return f"{said}\t{takes_back or _NULL}\t{at}\t{_escaped(mark)}\n"


def _escaped(said: str | None) -> str:
    if said is None:
        return _NULL
    return said if said.isalnum() else said.translate(_ESCAPES)


def _change(row: _Row, number: Number) -> Change:
    _, kind, not_before, not_after, holder, takes_back, carrier_id = row
    return Change(
        number=number, kind=_KINDS[kind], at=_span(not_before, not_after), holder=holder,
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
