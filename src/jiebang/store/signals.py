"""
What is told to every stream: one row a signal, in an order that readers can trust.

A sequence of PostgreSQL counts when a row is written and not when it is kept: of two writers, the one that
counted first may be kept last, and a reader who has passed its place would never see it. So writers come one
after another: each holds a lock from before it counts until its transaction has ended, and what a reader sees
is always everything up to some place. Readers pay nothing. In SQLite only one can write anyway.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, text

from jiebang.domain.letter import Event
from jiebang.domain.number import Number
from jiebang.domain.signal import Signal, Told
from jiebang.domain.span import Span
from jiebang.store.among import among
from jiebang.store.append_rows import append_rows
from jiebang.store.columns import ends, microseconds
from jiebang.store.tables import signals

SIGNALS = "signals"
"""The name under which the bell rings for signals; no platform has it, their ids have a prefix."""

_LOCK = 7_243_003
"""PostgreSQL's advisory lock that keeps writers of signals apart; the number means nothing."""
_COLUMNS = ("number", "event", "not_before", "not_after", "carrier_id", "told_at")
_TOLD = [column for column in signals.c if column is not signals.c.carrier_id]
"""What streams hear: who reported it is not told."""


def leave(connection: Connection, told: Sequence[Signal], *, carrier_id: str, now: datetime) -> None:
    """
    Write signals; the bell rings for everyone when the transaction is kept.

    To be called last in a transaction: from here on, other writers of signals wait for its end.
    """
    if not told:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    told_at = microseconds(now)
    rows = [
        (signal.number.e164, signal.event.value, *ends(signal.at), carrier_id, told_at) for signal in told
    ]
    append_rows(connection, signals, columns=_COLUMNS, rows=rows)
    connection.info.setdefault("rung", set()).add(SIGNALS)


def between(
    connection: Connection, after: int, *, before: int | None, events: Collection[Event], most: int
) -> Iterator[list[Told]]:
    """Read what was told after one place, and before another where there is one: in order, so many a time."""
    wanted = select(*_TOLD).order_by(signals.c.seq).limit(most)
    wanted = wanted.where(signals.c.event.in_([event.value for event in events]))
    if before is not None:
        wanted = wanted.where(signals.c.seq < before)
    while rows := connection.execute(wanted.where(signals.c.seq > after)).all():
        yield [_told(row) for row in rows]
        if len(rows) < most:
            return
        after = rows[-1].seq


def newest(connection: Connection) -> int:
    """The place of the newest signal; none has the place 0."""
    return connection.scalar(select(func.max(signals.c.seq))) or 0


def before(connection: Connection, since: datetime) -> int:
    """The place before everything that was told since then."""
    first = connection.scalar(select(func.min(signals.c.seq)).where(signals.c.told_at >= since))
    return newest(connection) if first is None else first - 1


def disconnections(
    connection: Connection, carrier_id: str, *, numbers: Collection[Number]
) -> dict[Number, Told]:
    """Each number's latest disconnection, where it is this carrier that reported it."""
    wanted = select(signals).where(
        among(connection, signals.c.number, values=set(numbers)),
        signals.c.event == Event.NUMBER_DISCONNECTED.value,
    )
    latest = {row.number: row for row in connection.execute(wanted.order_by(signals.c.seq))}
    return {number: _told(row) for number, row in latest.items() if row.carrier_id == carrier_id}


def known(connection: Connection, seqs: Collection[int]) -> set[int]:
    """Which of these places have a signal."""
    return set(connection.scalars(select(signals.c.seq).where(among(connection, signals.c.seq, values=seqs))))


def erase(connection: Connection, before: datetime) -> None:
    """Erase what was told before then, with all that was said about it."""
    connection.execute(delete(signals).where(signals.c.told_at < before))


def _told(row: Row[Any]) -> Told:
    at = Span(row.not_before, row.not_after)
    signal = Signal(number=row.number, event=Event(row.event), at=at)
    return Told(seq=row.seq, signal=signal, told_at=row.told_at)
