"""
What is told to every stream: one row a signal, in an order that readers can trust.

A sequence of PostgreSQL counts when a row is written and not when it is kept: of two writers, the one that
counted first may be kept last, and a reader who has passed its place would never see it. So writers come one
after another: each holds a lock from before it counts until its transaction has ended, and what a reader sees
is always everything up to some place. Readers pay nothing. In SQLite only one can write anyway.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, String, delete, func, select, text, type_coerce, update

from jiebang.domain.letter import Event
from jiebang.domain.number import Number
from jiebang.domain.signal import Signal, Told, newest_of
from jiebang.domain.stream import SIGNALS as KINDS
from jiebang.domain.tenure import Tenures
from jiebang.store import parties
from jiebang.store.among import among
from jiebang.store.append_rows import append_rows
from jiebang.store.columns import ends, instant, microseconds, span
from jiebang.store.tables import signals

SIGNALS = "signals"
"""The name under which the bell rings for signals; no platform has it, their ids have a prefix."""

_LOCK = 7_243_003
"""PostgreSQL's advisory lock that keeps writers of signals apart; the number means nothing."""
_COLUMNS = ("number", "event", "not_before", "not_after", "carrier_id", "told_at")
_TOLD = (
    signals.c.seq, type_coerce(signals.c.number, String), signals.c.event,
    *(type_coerce(at, BigInteger) for at in (signals.c.not_before, signals.c.not_after, signals.c.told_at)),
    signals.c.carrier_id,
)  # fmt: skip
"""What streams hear, as it lies in the table: of who reported it, only which day it was for them."""
# Until PostgreSQL has counted a table that grows by the hundred thousand, it takes what matches for little,
# and would read and sort all of it for each batch; the index has it in order.
_IN_ORDER = text("select set_config('enable_sort', 'off', true)")
_EVENTS = {event.value: event for event in KINDS}


def leave(connection: Connection, told: Sequence[Signal], *, carrier_id: str, now: datetime) -> None:
    """
    Write signals; the bell rings for everyone when the transaction is kept.

    To be called last in a transaction, but for `review`: from here on, other writers of signals wait for
    its end.
    """
    if not told:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    told_at = microseconds(now)
    rows = ((one.number.e164, one.event.value, *ends(one.at), carrier_id, told_at) for one in told)
    append_rows(connection, signals, columns=_COLUMNS, rows=rows)
    connection.info.setdefault("rung", set()).add(SIGNALS)


def review(
    connection: Connection, lines: Mapping[Number, Tenures], *, carrier_id: str, now: datetime
) -> None:
    """
    Mark what was told of numbers and is not true of their tenures, so that nobody hears it who has not.

    Where the newest that is true has not been told, or was marked before, it is told now. What was marked
    stays so: whoever passed it by hears the other.
    """
    if not lines:
        return
    wanted = select(*_TOLD).where(
        among(connection, signals.c.number, values=lines), signals.c.taken_back_at.is_(None)
    )
    told = [(row[0], _signal(row)) for row in connection.execute(wanted)]
    untrue = [seq for seq, one in told if not one.holds(lines[one.number])]
    if untrue:
        marked = update(signals).where(among(connection, signals.c.seq, values=untrue))
        connection.execute(marked.values(taken_back_at=now))
    known = {one for _, one in told}
    newest = [newest_of(number, line) for number, line in lines.items()]
    missing = [one for one in newest if one is not None and one not in known]
    leave(connection, missing, carrier_id=carrier_id, now=now)


def between(
    connection: Connection, after: int, *, before: int | None, events: Collection[Event], most: int
) -> Iterator[list[Told]]:
    """
    Read what was told after one place, and before another where there is one: in order, so many a time.

    What was taken back is passed over.
    """
    wanted = select(*_TOLD).order_by(signals.c.seq).limit(most)
    wanted = wanted.where(
        signals.c.event.in_([event.value for event in events]), signals.c.taken_back_at.is_(None)
    )
    if connection.dialect.name == "postgresql":
        connection.execute(_IN_ORDER)
    if before is not None:
        wanted = wanted.where(signals.c.seq < before)
    while rows := connection.execute(wanted.where(signals.c.seq > after)).all():
        yield [_told(connection, row) for row in rows]
        if len(rows) < most:
            return
        after = rows[-1][0]


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
    """Each number's latest disconnection that is still true, where it is this carrier that reported it."""
    wanted = select(*_TOLD).where(
        among(connection, signals.c.number, values=set(numbers)),
        signals.c.event == Event.NUMBER_DISCONNECTED.value,
        signals.c.taken_back_at.is_(None),
    )
    latest: dict[Number, tuple[Told, str]] = {}
    for row in connection.execute(wanted.order_by(signals.c.seq)).all():
        told = _told(connection, row)
        latest[told.signal.number] = told, row.carrier_id
    return {number: told for number, (told, reporter) in latest.items() if reporter == carrier_id}


def known(connection: Connection, seqs: Collection[int]) -> set[int]:
    """Which of these places have a signal."""
    if not seqs:
        return set()
    return set(connection.scalars(select(signals.c.seq).where(among(connection, signals.c.seq, values=seqs))))


def erase(connection: Connection, before: datetime) -> None:
    """Erase what was told before then, with all that was said about it."""
    connection.execute(delete(signals).where(signals.c.told_at < before))


def _told(connection: Connection, row: Sequence[Any]) -> Told:
    seq, *_, told_at, carrier_id = row
    zone = parties.zone(connection, carrier_id)
    return Told(seq=seq, signal=_signal(row), told_at=instant(told_at), zone=zone)


def _signal(row: Sequence[Any]) -> Signal:
    _, number, event, not_before, not_after, *_ = row
    return Signal(number=Number(number), event=_EVENTS[event], at=span(not_before, not_after))
