"""Orders: compared and set, never just written, and every step of each kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, and_, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from jiebang.domain import letter
from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.errors import OrderMoved, UnknownOrder
from jiebang.domain.forgetting import CLOSED
from jiebang.domain.journal import HOLDER, Entry, order_moved
from jiebang.domain.number import Number
from jiebang.domain.order import LIVE, UNSETTLED, Denial, Order, State
from jiebang.domain.outcome import Outcome
from jiebang.domain.span import Span
from jiebang.store import journal
from jiebang.store.among import among
from jiebang.store.tables import escalated_orders, letters, live_orders, orders, queries
from jiebang.store.tables.common import is_one_of

_CLOSED = [state.value for state in CLOSED]
_UNSETTLED = [state.value for state in UNSETTLED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step in an order's life, as the journal tells it: the state it came to, when, and by whom."""

    order_id: str
    state: State
    at: datetime
    by: str
    said_at: datetime | None = None
    """When it happened by the platform's own clock; `None` for the hub's and the holder's steps."""
    because: str | None = None
    """Why, where the state does not say it: `number_left` when its holder's tenure has ended."""
    early: bool = False
    """Whether the platform said that it was done while the account's owner could still object."""


def add(connection: Connection, placed: Sequence[Order]) -> None:
    """Write new orders down, with their first step; refuses with `OrderMoved` when one is live already."""
    if placed:
        try:
            connection.execute(insert(orders), [_columns(order) for order in placed])
        except IntegrityError:
            # Not passed on: what the database says of a key that is taken holds the number.
            raise OrderMoved from None
        begun = [order_moved(order, at=order.placed_at, by=order.front_id or HOLDER) for order in placed]
        journal.write(connection, begun)


def move(
    connection: Connection,
    moves: Sequence[tuple[Order, Order]],
    *,
    at: datetime,
    by: str,
    told: Mapping[str, Outcome] | None = None,
    because: str | None = None,
) -> None:
    """
    Move orders from one state to the next, each given before and after, and keep the steps in the journal.

    Compare and set: an order that is not in the state it was read in has been moved by somebody else, and
    the whole transaction is refused with `OrderMoved`; so it is when an order would come to life beside
    another. `by` says whose doing it is, `because` why; `told` has, by order id, what its platform signed.
    """
    if not moves:
        return
    _compare_and_set(connection, moves, at=at)
    said = told or {}
    entries = [
        order_moved(
            after, at=at, by=by, told=said.get(after.id), because=because, was_due=_was_due(before, after)
        )
        for before, after in moves
    ]
    journal.write(connection, entries)


def _compare_and_set(connection: Connection, moves: Sequence[tuple[Order, Order]], *, at: datetime) -> None:
    alike: dict[tuple[State, tuple[tuple[str, Any], ...]], list[str]] = defaultdict(list)
    for before, after in moves:
        alike[before.state, _becomes(before, after)].append(before.id)
    changed = 0
    # Most of a batch makes the same move: one statement for all of them, and not one for each.
    for (was, becomes), order_ids in alike.items():
        compare_and_set = (
            update(orders)
            .where(among(connection, orders.c.id, values=order_ids), orders.c.state == was.value)
            .values(**dict(becomes), moved_at=at)
        )
        try:
            changed += connection.execute(compare_and_set).rowcount
        except IntegrityError:
            # Not passed on: what the database says of a key that is taken holds the number.
            raise OrderMoved from None
    if changed != len(moves):
        raise OrderMoved


def _was_due(before: Order, after: Order) -> datetime | None:
    """The deadline of the attempt before, where an order is opened again."""
    return None if after.attempt == before.attempt else before.due


def get(connection: Connection, order_id: str, *, number: Number) -> Order:
    """Find a holder's order about their number; for everybody else it is an `UnknownOrder`."""
    wanted = select(orders).where(orders.c.id == order_id, orders.c.number == number)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise UnknownOrder
    return order_of(row)


def of_number(connection: Connection, number: Number, *, since: datetime | None = None) -> list[Order]:
    """A number's orders, newest first; `since` leaves out those placed before, as by an earlier holder."""
    wanted = select(orders).where(orders.c.number == number)
    if since is not None:
        wanted = wanted.where(orders.c.placed_at >= since)
    return [
        order_of(row) for row in connection.execute(wanted.order_by(orders.c.placed_at.desc(), orders.c.id))
    ]


def newest(connection: Connection, number: Number, *, since: datetime | None) -> dict[tuple[str, str], Order]:
    """The live order about each of a number's records, or else the newest, by platform and handle."""
    placed = of_number(connection, number, since=since)
    # What was contradicted is opened again, also when a newer order has been taken back meanwhile.
    placed.sort(key=lambda order: order.state not in LIVE)
    return {(order.platform_id, order.handle): order for order in reversed(placed)}


def succeeded(connection: Connection, of: Sequence[Order]) -> set[str]:
    """Of these orders, by id, those about a record that another order is live about by now."""
    later = orders.alias()
    wanted = (
        select(orders.c.id)
        .join(
            later,
            and_(
                later.c.platform_id == orders.c.platform_id, later.c.handle == orders.c.handle,
                later.c.number == orders.c.number, is_one_of(later.c.state, LIVE), later.c.id != orders.c.id,
            ),
        )
        .where(among(connection, orders.c.id, values=[order.id for order in of]))
    )  # fmt: skip
    return set(connection.scalars(wanted))


def escalated(connection: Connection) -> int:
    """Count the orders that have been handed to people."""
    wanted = select(func.count()).select_from(orders).where(escalated_orders)
    return connection.scalar(wanted) or 0


def live(connection: Connection, number: Number) -> dict[tuple[str, str], Order]:
    """The number's orders that are written down as live, by platform and handle, locked."""
    wanted = select(orders).where(orders.c.number == number, live_orders).with_for_update()
    return {(row.platform_id, row.handle): order_of(row) for row in connection.execute(wanted)}


def unsettled(connection: Connection, *, before: Mapping[Number, datetime]) -> list[Order]:
    """These numbers' orders that were placed before an instant each, and are not settled, locked."""
    wanted = (
        select(orders)
        .where(among(connection, orders.c.number, values=before), orders.c.state.in_(_UNSETTLED))
        .order_by(orders.c.id)
        .with_for_update()
    )
    found = [order_of(row) for row in connection.execute(wanted)]
    return [order for order in found if order.placed_at < before[order.number]]


def of_platform(connection: Connection, platform_id: str, *, order_ids: Iterable[str]) -> dict[str, Order]:
    """Of these orders, those that are the platform's, locked until the transaction ends."""
    wanted = (
        select(orders)
        .where(
            orders.c.platform_id == platform_id,
            orders.c.forgotten_at.is_(None),
            among(connection, orders.c.id, values=order_ids),
        )
        .order_by(orders.c.id)
        .with_for_update()
    )
    return {row.id: order_of(row) for row in connection.execute(wanted)}


def overdue(connection: Connection, now: datetime, *, most: int) -> list[Order]:
    """Orders whose time has run out and that are not written down as expired yet."""
    wanted = select(orders).where(live_orders, orders.c.due <= now)
    return [order_of(row) for row in connection.execute(wanted.order_by(orders.c.due).limit(most))]


def closed(
    connection: Connection, *, before: datetime | None = None, number: Number | None = None, most: int
) -> list[Order]:
    """
    Orders that are over, of one number or that have ended before an instant, and are not forgotten yet.

    Not over are one whose second look can still be answered, and one whose revocation no platform has
    taken yet: to forget it would leave the platform at work.
    """
    waiting = select(letters.c.seq).where(
        letters.c.order_id == orders.c.id, letters.c.event == letter.Event.ORDER_REVOKED.value
    )
    looked_at = select(queries.c.id).where(queries.c.order_id == orders.c.id)
    wanted = select(orders).where(
        orders.c.forgotten_at.is_(None), orders.c.state.in_(_CLOSED), ~waiting.exists(), ~looked_at.exists()
    )
    if before is not None:
        wanted = wanted.where(orders.c.placed_at < before, orders.c.moved_at < before)
    if number is not None:
        wanted = wanted.where(orders.c.number == number)
    rows = connection.execute(wanted.order_by(orders.c.placed_at).limit(most).with_for_update())
    return [order_of(row) for row in rows]


def forget(connection: Connection, stands_for: Mapping[str, str], *, now: datetime) -> None:
    """Put something else in the place of orders' numbers, by order id, and erase what names their records."""
    forgotten = update(orders).where(orders.c.id == bindparam("order"))
    erased = {"number": bindparam("stands", type_=String), "handle": "", "label": "", "words": None}
    rows = [{"order": order_id, "stands": stands} for order_id, stands in stands_for.items()]
    if rows:
        connection.execute(forgotten.values(**erased, forgotten_at=now), rows)


def timelines(connection: Connection, order_ids: Iterable[str]) -> dict[str, list[Step]]:
    """Every step of these orders, oldest first."""
    return {
        order_id: [_step(order_id, entry) for entry in entries if "state" in entry.said]
        for order_id, entries in journal.of_orders(connection, order_ids).items()
    }


def _step(order_id: str, entry: Entry) -> Step:
    said_at = entry.said.get("said_at")
    return Step(
        order_id=order_id, state=State(entry.said["state"]), at=entry.at, by=entry.by,
        said_at=said_at and datetime.fromisoformat(said_at), because=entry.said.get("because"),
        early=entry.said.get("early", False),
    )  # fmt: skip


def _becomes(before: Order, after: Order) -> tuple[tuple[str, Any], ...]:
    """What a move writes, by column; what is opened again has another attempt and another deadline."""
    moved: tuple[tuple[str, Any], ...] = (
        ("state", after.state.value),
        ("reason", after.reason and after.reason.value),
        ("words", after.words),
    )
    if after.attempt == before.attempt:
        return moved
    return (*moved, ("attempt", after.attempt), ("due", after.due), ("leave_at", after.leave_at))


def _columns(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "kind": order.kind.value,
        "platform_id": order.platform_id,
        "number": order.number,
        "handle": order.handle,
        "record_kind": order.record_kind.value,
        "label": order.label,
        "origin": order.origin.value,
        "state": order.state.value,
        "placed_at": order.placed_at,
        "moved_at": order.placed_at,
        "due": order.due,
        "leave_at": order.leave_at,
        "object_until": order.object_until,
        "proof_id": order.proof_id,
        "front_id": order.front_id,
        "bound_not_before": order.bound and order.bound.not_before,
        "bound_not_after": order.bound and order.bound.not_after,
        "attempt": order.attempt,
    }


def order_of(row: Row[Any]) -> Order:
    """Read an order from a row of its table."""
    return Order(
        id=row.id, kind=OrderKind(row.kind), platform_id=row.platform_id, number=row.number,
        handle=row.handle, record_kind=RecordKind(row.record_kind), label=row.label,
        origin=Origin(row.origin), state=State(row.state), placed_at=row.placed_at, due=row.due,
        leave_at=row.leave_at, object_until=row.object_until, proof_id=row.proof_id, front_id=row.front_id,
        reason=Denial(row.reason) if row.reason else None, words=row.words,
        # An order from before the hub kept this has neither; a record is always bound before some instant.
        bound=Span(row.bound_not_before, row.bound_not_after) if row.bound_not_after else None,
        attempt=row.attempt,
    )  # fmt: skip
