"""What was decided on a tenure that carriers have said otherwise of since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from jiebang.domain.binding import Origin, origin_of
from jiebang.domain.journal import NUMBER_LEFT
from jiebang.domain.letter import Event
from jiebang.domain.order import Order, State
from jiebang.domain.signal import Signal, Told
from jiebang.domain.span import Span
from jiebang.domain.tenure import held_at
from jiebang.store import numbers
from jiebang.store.orders import order_of, timelines
from jiebang.store.tables import changes, clearances, orders, signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Misjudged:
    """An order, whose origin the replay judges otherwise than it was judged when the order was placed."""

    order: Order
    origin: Origin
    """Whose the record was, by what is known now of the time when the order was placed."""
    reported_at: datetime
    """When a carrier last said something about the time before the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """An order that was revoked because the number had left its holder, which it had not."""

    order: Order
    revoked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedOn:
    """A signal that is true no more, and what platforms did about it: counts over all of them."""

    told: Told
    taken_back_at: datetime
    platforms: int
    cleared: int
    flagged: int


def misjudged(connection: Connection, *, since: datetime | None = None) -> Iterator[Misjudged]:
    """
    Find the orders that corrections and late reports put in another light, newest report first.

    Only those can have been misjudged about whose number something was reported after they were
    placed that lies before. `since` leaves out those of which nothing was reported since then.
    """
    told = func.max(changes.c.reported_at).label("told")
    wanted = (
        select(orders, told)
        .join(changes, changes.c.number == orders.c.number)
        .where(
            changes.c.reported_at > orders.c.placed_at,
            changes.c.not_before <= orders.c.placed_at,
            orders.c.bound_not_after.is_not(None),
        )
        .group_by(orders.c.id)
        .order_by(told.desc(), orders.c.id)
    )
    if since is not None:
        wanted = wanted.having(told >= since)
    for row in connection.execute(wanted).all():
        order = order_of(row)
        if order.bound is None:
            continue
        history = numbers.history(connection, order.number)
        origin = origin_of(order.bound, held_at(history, order.placed_at))
        if origin is not order.origin:
            yield Misjudged(order=order, origin=origin, reported_at=row.told)


def lapsed(connection: Connection, *, since: datetime | None = None) -> Iterator[Lapsed]:
    """
    Find the orders that were revoked because the number had left, though their holder had it still.

    So it is where the departure was taken back, or happened later, or the holder came back to what they
    had before. `since` leaves out those of whose number nothing was reported since then.
    """
    told = func.max(changes.c.reported_at)
    wanted = (
        select(orders)
        .join(changes, changes.c.number == orders.c.number)
        .where(orders.c.state == State.REVOKED.value, changes.c.reported_at > orders.c.moved_at)
        .group_by(orders.c.id)
        .order_by(told.desc(), orders.c.id)
    )
    if since is not None:
        wanted = wanted.having(told >= since)
    revoked = connection.execute(wanted).all()
    steps = timelines(connection, [row.id for row in revoked])
    for row in revoked:
        order = order_of(row)
        held = held_at(numbers.history(connection, order.number), order.placed_at)
        still = held is not None and (
            held.until is None or Span(None, row.moved_at).surely_before(held.until)
        )
        if still and steps[order.id][-1].because == NUMBER_LEFT:
            yield Lapsed(order=order, revoked_at=row.moved_at)


def acted_on(connection: Connection, *, since: datetime | None = None) -> Iterator[ActedOn]:
    """Find the signals by which platforms have let records go or marked them, and which are true no more."""
    wanted = (
        select(
            signals,
            func.count().label("platforms"),
            func.sum(clearances.c.cleared).label("cleared"),
            func.sum(clearances.c.flagged).label("flagged"),
        )
        .join(clearances, clearances.c.seq == signals.c.seq)
        .where(signals.c.taken_back_at.is_not(None), or_(clearances.c.cleared > 0, clearances.c.flagged > 0))
        .group_by(signals.c.seq)
        .order_by(signals.c.taken_back_at.desc(), signals.c.seq)
    )
    if since is not None:
        wanted = wanted.where(signals.c.taken_back_at >= since)
    for row in connection.execute(wanted):
        at = Span(row.not_before, row.not_after)
        signal = Signal(number=row.number, event=Event(row.event), at=at)
        yield ActedOn(
            told=Told(seq=row.seq, signal=signal, told_at=row.told_at), taken_back_at=row.taken_back_at,
            platforms=row.platforms, cleared=row.cleared, flagged=row.flagged,
        )  # fmt: skip
