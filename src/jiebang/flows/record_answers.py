"""A platform answers questions: what a holder asked, and the hub's own second looks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.binding import Binding
from jiebang.domain.errors import NotAsked, OrderEnded
from jiebang.domain.ground import insist
from jiebang.domain.habit import Habit, day_of
from jiebang.domain.journal import HUB
from jiebang.domain.letter import ordered
from jiebang.domain.order import Order, State
from jiebang.domain.policy import Policy
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused
from jiebang.store import habits, mailbox, orders, parties, queries
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a platform says to one query; `complete` when it has said everything."""

    query_id: str
    complete: bool
    bindings: tuple[Binding, ...]


def record_answers(
    database: Database, platform_id: str, *, answers: Sequence[Answer], now: datetime, policy: Policy
) -> list[Verdict]:
    """
    Record a batch of answers, each judged on its own; the same batch again changes nothing.

    An answer to a query that was not put to this platform is refused with `NotAsked`; what comes
    after a complete answer is passed over. Of a second look only its verdict is kept; one that
    contradicts its order is over with that, and the order is opened again or escalated.
    """
    with database.write() as connection:
        put = queries.put_to(connection, platform_id, query_ids={answer.query_id for answer in answers})
        closed = {query_id for query_id, (_, asked) in put.items() if asked.answered_at}
        done, told, looks, taken, claimed = [], [], [], [], 0
        for answer in answers:
            if answer.query_id not in put:
                done.append(refused(NotAsked()))
                continue
            done.append(ALREADY if answer.query_id in closed else RECORDED)
            if answer.query_id in closed:
                continue
            query = put[answer.query_id][0]
            if query.is_canary:
                claimed += bool(answer.bindings)
            elif query.order_id is None:
                told.append((query.id, answer.bindings))
            else:
                looks.append((query.order_id, answer))
            if answer.complete:
                closed.add(query.id)
            taken.append(answer)
        queries.keep(connection, platform_id, answers=told)
        contradicted = _look_again(connection, platform_id, looks=looks, now=now)
        # What else a second look may bring would be of an attempt that is over.
        over = [answer.query_id for order_id, answer in looks if order_id in contradicted]
        _mark(connection, platform_id, answers=taken, over=over, now=now)
        of_holders = [one.query_id for one in taken if one.complete and put[one.query_id][0].proof_id]
        _count(connection, platform_id, answered=of_holders, claimed=claimed, now=now)
        _insist(connection, platform_id, contradicted=contradicted, now=now, policy=policy)
    return done


def _mark(
    connection: Connection, platform_id: str, *, answers: Sequence[Answer], over: Sequence[str], now: datetime
) -> None:
    """Write down which queries are answered, and of which only a part was said."""
    complete = [answer.query_id for answer in answers if answer.complete]
    partly = [answer.query_id for answer in answers if not answer.complete]
    queries.answered(connection, [*complete, *over], platform_id=platform_id, now=now)
    queries.answered_partly(connection, partly, platform_id=platform_id, now=now)


def _count(
    connection: Connection, platform_id: str, *, answered: Sequence[str], claimed: int, now: datetime
) -> None:
    """Count complete answers to holders, and claims on canary numbers, to the platform's day."""
    if answered or claimed:
        known = queries.count_found(connection, answered, platform_id=platform_id)
        habit = Habit(
            platform_id=platform_id, day=day_of(now), answered=len(answered), with_records=known,
            canaries=claimed,
        )  # fmt: skip
        habits.add(connection, habit)


def _look_again(
    connection: Connection, platform_id: str, *, looks: Sequence[tuple[str, Answer]], now: datetime
) -> dict[str, Order]:
    """
    Write down what second looks, given by order id, have shown; gives the orders that they contradict.

    A record that is still there is shown by any part of an answer; that it is gone, by all of it.
    """
    handles: dict[str, set[str]] = defaultdict(set)
    for order_id, answer in looks:
        handles[order_id].update(binding.handle for binding in answer.bindings)
    complete = {order_id for order_id, answer in looks if answer.complete}
    moves: list[tuple[Order, Order]] = []
    for order in orders.of_platform(connection, platform_id, order_ids=handles).values():
        still_there = order.handle in handles[order.id]
        if still_there or order.id in complete:
            try:
                moves.append((order, order.look_again(now, still_there=still_there)))
            except OrderEnded:
                continue  # an earlier look, or an earlier part, has settled it
    orders.move(connection, moves, at=now, by=HUB)
    return {order.id: order for _, order in moves if order.state is State.CONTRADICTED}


def _insist(
    connection: Connection,
    platform_id: str,
    *,
    contradicted: Mapping[str, Order],
    now: datetime,
    policy: Policy,
) -> None:
    """Open orders again, with a letter for each, or escalate them; the newest only for each record."""
    if not contradicted:
        return
    by_age = sorted(contradicted.values(), key=lambda order: order.placed_at)
    newest = {(order.number, order.handle): order for order in by_age}
    succeeded = orders.succeeded(connection, by_age)
    calendar = parties.calendars(connection, [platform_id])[platform_id]
    moves = [
        (order, insist(order, now, calendar=calendar, policy=policy))
        for order in newest.values()
        if order.id not in succeeded
    ]
    orders.move(connection, moves, at=now, by=HUB)
    again = [order for _, order in moves if order.state is State.OPEN]
    mailbox.leave(connection, [ordered(order) for order in again])
