"""Ground: what an order rests on, what may be ordered on it, and how long its platform is given."""

from dataclasses import dataclass
from datetime import datetime

from jiebang.domain.binding import Binding, OrderKind, Origin, RecordKind
from jiebang.domain.calendar import Calendar
from jiebang.domain.errors import BindingNotOffered, NotCertain, NotClosable, NotYourAccount, Refusal
from jiebang.domain.order import LIVE, Order, State
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof

DONE = (State.FULFILLED, State.VERIFIED)
"""States of an order after which there is nothing left to order about its record."""
SETTLED = frozenset({*LIVE, *DONE})
"""States in which an order is under way or done, so that nothing more can be said of its record."""


def still_counts(order: Order, *, asked_at: datetime) -> bool:
    """Whether an order tells of an answered record: not when it was done before, and the record is there."""
    return order.state not in DONE or order.placed_at >= asked_at


def check_rights(kind: OrderKind, origin: Origin, *, binding: Binding) -> None:
    """
    Refuse what nobody may order, and what the platform does not offer; the allowed passes in silence.

    The table "Rights" of the architecture: anything can be unbound; only one's own account can be
    closed. Raises `NotClosable`, `NotYourAccount`, `NotCertain` or `BindingNotOffered`.
    """
    if kind is OrderKind.DEREGISTER:
        if binding.kind is not RecordKind.ACCOUNT:
            raise NotClosable
        if origin is Origin.INHERITED:
            raise NotYourAccount
        if origin is Origin.UNCERTAIN:
            raise NotCertain
    if kind not in binding.can:
        raise BindingNotOffered


def offers(binding: Binding, origin: Origin, *, enough: frozenset[str]) -> frozenset[OrderKind]:
    """
    Say what may be ordered about a record about which nothing is under way.

    `enough` are the kinds for which the number was shown well enough.
    """
    return frozenset(kind for kind in OrderKind if kind in enough and _allowed(kind, origin, binding=binding))


def _allowed(kind: OrderKind, origin: Origin, *, binding: Binding) -> bool:
    try:
        check_rights(kind, origin, binding=binding)
    except Refusal:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What an order rests on: whose record it is, where, and by which proof of the number."""

    platform_id: str
    calendar: Calendar
    """By which the platform works, and its deadline is counted."""
    origin: Origin
    proof: Proof


def remind_at(leave_at: datetime, *, placed_at: datetime, policy: Policy) -> datetime:
    """Say when a holder is reminded of a closing: so long before it leaves; at once where that has passed."""
    return max(leave_at - policy.remind_before, placed_at)


def place(
    kind: OrderKind, binding: Binding, *, order_id: str, ground: Ground, now: datetime, policy: Policy
) -> Order:
    """
    Write an order out, with its deadlines; raises what `check_rights` raises, and `WeakProof`.

    An uncertain record's owner is heard first, so its deadline begins when they could object no
    more; a deregistration's begins when the platform hears of it. It is the end of a working day.
    """
    check_rights(kind, ground.origin, binding=binding)
    ground.proof.require_enough(kind, policy)
    object_until = now + policy.objection if ground.origin is Origin.UNCERTAIN else None
    closing = kind is OrderKind.DEREGISTER
    leave_at = now + policy.cooling_off if closing else now
    return Order(
        id=order_id,
        kind=kind,
        platform_id=ground.platform_id,
        number=ground.proof.number,
        handle=binding.handle,
        record_kind=binding.kind,
        label=binding.label,
        origin=ground.origin,
        state=State.OPEN,
        placed_at=now,
        due=_due(kind, since=object_until or leave_at, calendar=ground.calendar, policy=policy),
        leave_at=leave_at,
        object_until=object_until,
        proof_id=ground.proof.id,
        front_id=ground.proof.front_id,
        bound=binding.bound,
    )


def insist(order: Order, now: datetime, *, calendar: Calendar, policy: Policy) -> Order:
    """
    Follow up on a contradicted order: open it again, or escalate it when that was tried already.

    Nobody is heard a second time: who could object has had their time, and so has the holder.
    """
    if order.attempt < policy.attempts:
        return order.reopen(now, due=_due(order.kind, since=now, calendar=calendar, policy=policy))
    return order.escalate(now)


def _due(kind: OrderKind, *, since: datetime, calendar: Calendar, policy: Policy) -> datetime:
    closing = kind is OrderKind.DEREGISTER
    workdays = policy.deregister_workdays if closing else policy.unbind_workdays
    return calendar.end_of_workday(workdays, after=since)
