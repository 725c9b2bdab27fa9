"""Letter: what leaves the hub for one platform. A Security Event Token states a fact, so names are facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number
from jiebang.domain.order import Order
from jiebang.domain.query import Asked, Query

_OURS = "https://schemas.jiebang.org/secevent/jiebang/event-type/"
_SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
_RISC = "https://schemas.openid.net/secevent/risc/event-type/"


class Event(StrEnum):
    """What a letter can say: event type URIs (RFC 8417 §2.2), ours, the framework's and RISC's."""

    BINDINGS_ASKED = _OURS + "bindings-asked"
    UNBIND_ORDERED = _OURS + "unbind-ordered"
    DEREGISTER_ORDERED = _OURS + "deregister-ordered"
    ORDER_REVOKED = _OURS + "order-revoked"
    ORDER_OVERDUE = _OURS + "order-overdue"
    NUMBER_DISCONNECTED = _OURS + "number-disconnected"
    IDENTIFIER_RECYCLED = _RISC + "identifier-recycled"
    VERIFICATION = _SSF + "verification"
    STREAM_UPDATED = _SSF + "stream-updated"


URGENCY: Mapping[Event, int] = {
    Event.VERIFICATION: 0,
    Event.STREAM_UPDATED: 0,
    Event.ORDER_REVOKED: 0,
    Event.BINDINGS_ASKED: 1,
    Event.ORDER_OVERDUE: 1,
    Event.UNBIND_ORDERED: 2,
    Event.DEREGISTER_ORDERED: 2,
    Event.NUMBER_DISCONNECTED: 3,
    Event.IDENTIFIER_RECYCLED: 3,
}
"""Which letters leave first: what stops something, what a person waits for, work, and then signals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One fact for one platform. It waits in its mailbox until the platform confirms its `jti`."""

    jti: str
    platform_id: str
    event: Event
    said: Mapping[str, Any]
    """The event's own members, as JSON can say them; instants in RFC 3339."""
    written_at: datetime
    leave_at: datetime
    """Not to be handed over before this."""
    number: Number | None = None
    """The subject; `None` where a letter is about the stream itself."""
    order_id: str | None = None


def bindings_asked(query: Query, asked: Asked, *, jti: str) -> Letter:
    """A holder asks which records use the number, or the hub looks again."""
    said = {"query_id": query.id, "answer_by": asked.slow_at.isoformat()}
    return Letter(
        jti=jti, platform_id=asked.platform_id, event=Event.BINDINGS_ASKED, said=said,
        written_at=query.asked_at, leave_at=query.asked_at, number=query.number,
    )  # fmt: skip


def ordered(order: Order) -> Letter:
    """
    The holder orders that a record lose the number, or that an account be closed.

    Written again it is the same letter, to its `jti`: so a receipt can be held to it when it has long left.
    """
    event = Event.UNBIND_ORDERED if order.kind is OrderKind.UNBIND else Event.DEREGISTER_ORDERED
    first = order.attempt == 1
    return Letter(
        jti=_jti(order), platform_id=order.platform_id, event=event, said=_particulars(order),
        written_at=order.placed_at if first else order.leave_at, leave_at=order.leave_at,
        number=order.number, order_id=order.id,
    )  # fmt: skip


def order_overdue(order: Order) -> Letter:
    """
    An order's time has run out. It says all of the order again, to a platform that may have lost it.

    Written again it is the same letter, for the same reason.
    """
    said = {"order": order.kind.value} | _particulars(order)
    return Letter(
        jti=f"{_jti(order)}.overdue", platform_id=order.platform_id, event=Event.ORDER_OVERDUE, said=said,
        written_at=order.due, leave_at=order.due, number=order.number, order_id=order.id,
    )  # fmt: skip


def _particulars(order: Order) -> dict[str, Any]:
    said = _named(order) | {"handle": order.handle, "due": order.due.isoformat()}
    if order.kind is OrderKind.UNBIND:
        said |= {"kind": order.record_kind.value, "origin": order.origin.value}
    if order.object_until is not None:
        said["object_until"] = order.object_until.isoformat()
    return said


def order_revoked(order: Order, *, jti: str, now: datetime) -> Letter:
    """The holder took an order back that the platform may have heard of."""
    said = _named(order)
    return Letter(
        jti=jti, platform_id=order.platform_id, event=Event.ORDER_REVOKED, said=said, written_at=now,
        leave_at=now, number=order.number, order_id=order.id,
    )  # fmt: skip


def _named(order: Order) -> dict[str, Any]:
    """Name an order, and its attempt from the second on."""
    return {"order_id": order.id} | ({"attempt": order.attempt} if order.attempt > 1 else {})


def _jti(order: Order) -> str:
    return f"set_{order.id}" + (f".{order.attempt}" if order.attempt > 1 else "")
