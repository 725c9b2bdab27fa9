"""A platform answers questions: what a holder asked, and the hub's own second looks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.binding import Binding
from jiebang.domain.errors import NotAsked, OrderEnded
from jiebang.domain.journal import HUB
from jiebang.domain.order import Order
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused
from jiebang.store import orders, queries
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a platform says to one query; `complete` when it has said everything."""

    query_id: str
    complete: bool
    bindings: tuple[Binding, ...]


def record_answers(
    database: Database, platform_id: str, *, answers: Sequence[Answer], now: datetime
) -> list[Verdict]:
    """
    Record a batch of answers, each judged on its own; the same batch again changes nothing.

    An answer to a query that was not put to this platform is refused with `NotAsked`; what comes
    after a complete answer is passed over. Of a second look only its verdict is kept.
    """
    with database.write() as connection:
        put = queries.put_to(connection, platform_id, query_ids={answer.query_id for answer in answers})
        closed = {query_id for query_id, (_, asked) in put.items() if asked.answered_at}
        done, told, looks, complete = [], [], [], []
        for answer in answers:
            if answer.query_id not in put:
                done.append(refused(NotAsked()))
                continue
            done.append(ALREADY if answer.query_id in closed else RECORDED)
            if answer.query_id in closed:
                continue
            query = put[answer.query_id][0]
            if query.order_id is None:
                told.append((query.id, answer.bindings))
            else:
                looks.append((query.order_id, answer))
            if answer.complete:
                closed.add(query.id)
                complete.append(query.id)
        queries.keep(connection, platform_id, answers=told)
        queries.answered(connection, complete, platform_id=platform_id, now=now)
        _look_again(connection, platform_id, looks=looks, now=now)
    return done


def _look_again(
    connection: Connection, platform_id: str, *, looks: Sequence[tuple[str, Answer]], now: datetime
) -> None:
    """
    Write down what second looks, given by order id, have shown of their orders.

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
