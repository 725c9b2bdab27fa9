"""
What carriers have reported about numbers: facts, appended.

A country's carriers report by the million, so rows are read and written in the driver's own types here,
and not one column at a time through SQLAlchemy's.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, func, select, text

from jiebang.domain import departure
from jiebang.domain.number import Number
from jiebang.domain.tenure import Change, ChangeKind, tenures
from jiebang.store.among import among
from jiebang.store.append_rows import append_rows
from jiebang.store.columns import ends, microseconds, span
from jiebang.store.database import Database
from jiebang.store.tables import changes

_LOCK = 7_243_002
"""PostgreSQL's advisory lock that keeps those who write changes apart; the number means nothing."""
_KINDS = {kind.value: kind for kind in ChangeKind}
_COLUMNS = (
    "number", "carrier_id", "kind", "not_before", "not_after", "holder", "takes_back", "reported_at", "mark",
)  # fmt: skip
_READ = "number, kind, not_before, not_after, holder, takes_back, carrier_id"
_SELECT = f"select {_READ} from changes"  # noqa: S608 - columns of ours, and no value
_AMONG = {
    "sqlite": "where number in (select value from json_each(?)) order by number, seq",
    "postgresql": "where number = any(string_to_array(%s, ',')) order by number, seq",
}
# Until PostgreSQL has counted a table that grows by the million, it would read all of it for every part of a
# file, and sort what it finds; the index has it all, in order.
_ALONE = text(
    "select pg_advisory_xact_lock(:lock),"
    " set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)"
)
_OF_ONE = {
    "sqlite": "where number = ? order by seq",
    "postgresql": "where number = %s order by seq",
}
_Row = tuple[Any, ...]


def lock(connection: Connection) -> None:
    """Keep other writers of changes out until the transaction ends: what is judged must be what is known."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time as it is
        connection.execute(_ALONE, {"lock": _LOCK})


def history(connection: Connection, number: Number) -> list[Change]:
    """Everything reported about a number, in the order in which it was reported."""
    return histories(connection, [number])[number.e164]


def told_since(connection: Connection, number: Number, *, now: datetime) -> datetime | None:
    """From when on what was begun for a number is told to whoever proves it now, by what was reported."""
    return departure.told_since(tenures(history(connection, number)), now)


def histories(connection: Connection, numbers: Iterable[Number]) -> defaultdict[str, list[Change]]:
    """
    The same for many numbers in one reading, by their E.164 form.

    A number of which nothing is known has an empty list.
    """
    kind = connection.dialect.name
    wanted = _listed([number.e164 for number in numbers], kind)
    read = connection.exec_driver_sql(f"{_SELECT} {_AMONG[kind]}", (wanted,))
    # The driver's own rows: SQLAlchemy's cost as much again.
    return _found(read.cursor.fetchall())


def glance(database: Database, number: Number) -> list[Change]:
    """Everything reported about one number, without a transaction: for whoever reads nothing else."""
    of_one = _OF_ONE[database.engine.dialect.name]
    return [_change(row, number) for row in database.glance(f"{_SELECT} {of_one}", number.e164)]


def _listed(e164: list[str], kind: str) -> str:
    """Write numbers as one text, in the order of the index: of a list, a driver looks at each item."""
    in_order = sorted(e164)
    return json.dumps(in_order) if kind == "sqlite" else ",".join(in_order)


def _found(rows: Iterable[_Row]) -> defaultdict[str, list[Change]]:
    found = defaultdict[str, list[Change]](list)
    for row in rows:
        said = found[row[0]]
        said.append(_change(row, said[0].number if said else Number(row[0])))
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
    reported: Iterable[Change],
    *,
    carrier_id: str,
    now: datetime,
    marks: Sequence[str] = (),
    meanwhile: Callable[[], None] | None = None,
) -> None:
    """
    Append what a carrier has reported, under the lock; `marks` has one for each, or none at all.

    Many are best in the order of their numbers: the index is walked once.
    """
    reported_at = microseconds(now)
    pairs = zip(reported, marks or repeat(None), strict=False)
    rows = (
        (
            number.e164, carrier_id, kind.value, *ends(at), holder,
            takes_back and takes_back.value, reported_at, mark,
        )
        for (number, kind, at, holder, takes_back, _), mark in pairs
    )  # fmt: skip
    append_rows(connection, changes, columns=_COLUMNS, rows=rows, meanwhile=meanwhile)


def _change(row: _Row, number: Number) -> Change:
    _, kind, not_before, not_after, holder, takes_back, carrier_id = row
    at = span(not_before, not_after)
    return Change(number, _KINDS[kind], at, holder, takes_back and _KINDS[takes_back], carrier_id)
