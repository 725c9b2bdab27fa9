"""A platform says what became of orders; the hub then looks again for itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.errors import OrderEnded, UnknownOrder
from jiebang.domain.journal import receipt_refused
from jiebang.domain.letter import Letter, bindings_asked, order_overdue, ordered
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import FalseReceipt, Outcome
from jiebang.domain.policy import Policy
from jiebang.domain.query import Query
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused
from jiebang.store import ids, journal, mailbox, orders, parties, queries, receipts
from jiebang.store.database import Database

_Move = tuple[Order, Order, Outcome]
"""An order before and after an outcome."""
Fingerprint = Callable[[Letter], str]
"""Says by what a receipt must name a letter as this platform got it."""


def record_outcomes(
    database: Database,
    platform_id: str,
    *,
    outcomes: Sequence[Outcome],
    fingerprint: Fingerprint,
    now: datetime,
    policy: Policy,
) -> list[Verdict]:
    """
    Record a batch of outcomes, each judged on its own; the same batch again changes nothing.

    An order that is not this platform's is refused with `UnknownOrder`, a receipt that does not fit
    with `FalseReceipt`, which the journal notes, an order that has ended otherwise with `OrderEnded`.
    Each order that is newly fulfilled is looked at again: a question goes out in the same transaction.
    """
    with database.write() as connection:
        known = orders.of_platform(connection, platform_id, order_ids={one.order_id for one in outcomes})
        done_at = _done_at(connection, known.values())
        rounds: list[dict[str, _Move]] = []
        done = []
        for one in outcomes:
            before = known.get(one.order_id)
            verdict, after = _judged(one, before, fingerprint=fingerprint, now=now, done_at=done_at)
            done.append(verdict)
            if before is not None and after is not None and verdict is RECORDED:
                _add(rounds, (before, after, one))
                known[after.id] = after
        for moves in rounds:
            pairs = [(before, after) for before, after, _ in moves.values()]
            told = {key: one for key, (_, _, one) in moves.items()}
            orders.move(connection, pairs, at=now, by=platform_id, told=told)
            receipts.keep(connection, told.values(), now=now)
        false = [one for one, verdict in zip(outcomes, done, strict=True) if _is_false(verdict)]
        journal.write(connection, [receipt_refused(one, at=now, by=platform_id) for one in false])
        fulfilled = [
            after for moves in rounds for _, after, _ in moves.values() if after.state is State.FULFILLED
        ]
        _ask_again(connection, platform_id, fulfilled=fulfilled, now=now, policy=policy)
    return done


def _add(rounds: list[dict[str, _Move]], move: _Move) -> None:
    """Add a move to the first round without its order: one that moves twice in a batch keeps both steps."""
    order_id = move[1].id
    free = next((one for one in rounds if order_id not in one), None)
    if free is None:
        rounds.append(free := {})
    free[order_id] = move


def _done_at(connection: Connection, known: Iterable[Order]) -> dict[str, datetime]:
    """When platforms, by their own clocks, have last said that orders were done which are escalated."""
    escalated = [order.id for order in known if order.state is State.ESCALATED]
    taken = orders.timelines(connection, escalated) if escalated else {}
    return {
        step.order_id: step.said_at
        for steps in taken.values()
        for step in steps
        if step.state is State.FULFILLED and step.said_at is not None
    }


def _judged(
    one: Outcome,
    order: Order | None,
    *,
    fingerprint: Fingerprint,
    now: datetime,
    done_at: Mapping[str, datetime],
) -> tuple[Verdict, Order | None]:
    """Judge one outcome, and give the order as it is afterwards."""
    if order is None:
        return refused(UnknownOrder()), None
    if one.is_late_for(order):
        return ALREADY, order
    # A platform that had lost its order may act on the reminder, and then that is what it names.
    letters = [ordered(order), *([order_overdue(order)] if now >= order.due else [])]
    try:
        one.check_receipt(*map(fingerprint, letters))
        if one.says_nothing_new_of(order, now, done_at=done_at.get(order.id)):
            return ALREADY, order
        return RECORDED, one.applied_to(order, now)
    except (FalseReceipt, OrderEnded) as refusal:
        return refused(refusal), order


def _is_false(verdict: Verdict) -> bool:
    return isinstance(verdict.refusal, FalseReceipt)


def _ask_again(
    connection: Connection, platform_id: str, *, fulfilled: Sequence[Order], now: datetime, policy: Policy
) -> None:
    """Put the hub's own question to the platform: "done" means checked."""
    if not fulfilled:
        return
    calendar = parties.calendars(connection, [platform_id])[platform_id]
    looks = [
        Query(id=ids.new("qry"), number=order.number, asked_at=now, order_id=order.id) for order in fulfilled
    ]
    put = [(look, look.put_to(platform_id, calendar=calendar, policy=policy)) for look in looks]
    queries.add(connection, [(look, [asked]) for look, asked in put])
    mailbox.leave(connection, [bindings_asked(look, asked, jti=ids.new("set")) for look, asked in put])
