"""What was decided on a tenure that carriers have said otherwise of since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from jiebang.domain.binding import Origin, origin_of
from jiebang.domain.order import Order
from jiebang.domain.tenure import held_at
from jiebang.store import numbers
from jiebang.store.orders import order_of
from jiebang.store.tables import changes, orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Misjudged:
    """An order, whose origin the replay judges otherwise than it was judged when the order was placed."""

    order: Order
    origin: Origin
    """Whose the record was, by what is known now of the time when the order was placed."""
    reported_at: datetime
    """When a carrier last said something about the time before the order."""


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
