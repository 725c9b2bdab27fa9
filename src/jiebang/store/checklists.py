"""What a holder who is leaving goes through, put together from answers, orders and choices."""

from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.binding import Origin
from jiebang.domain.choice import standing
from jiebang.domain.ground import still_counts
from jiebang.domain.leaving import Checklist, Item, in_order, stand_of
from jiebang.domain.number import Number, keyed
from jiebang.domain.order import Order, State
from jiebang.domain.policy import Policy
from jiebang.domain.query import Asked, Query, Standing
from jiebang.domain.tenure import present
from jiebang.store import choices, numbers, orders, parties, queries
from jiebang.store.queries import Found


def of_number(
    connection: Connection, number: Number, *, now: datetime, policy: Policy, secret: bytes
) -> Checklist:
    """
    Put together what the number's holder has to go through; what an earlier one left is not among it.

    Each platform counts by the newest question that was put to it. `secret` keys the hash under which
    choices are remembered.
    """
    tenure = present(numbers.history(connection, number))
    since = tenure.since.not_before if tenure else None
    put: dict[str, tuple[Query, Asked]] = {}
    for query in queries.of_holder(connection, number, since=since):
        for asked in queries.asked(connection, query.id):
            put.setdefault(asked.platform_id, (query, asked))
    chosen = choices.of_number(connection, keyed(number, secret=secret), since=since)
    newest = orders.newest(connection, number, since=since)
    platforms = {party.id: party for party in parties.platforms(connection)}
    items = []
    for query, one in _found(connection, put):
        origin = one.binding.origin(tenure)
        if origin is Origin.INHERITED:
            continue
        key = (one.platform_id, one.binding.handle)
        order = newest.get(key)
        choice = standing(chosen.get(key), ordered_at=order.placed_at if order else None)
        item = Item(
            binding_id=one.id, query_id=query.id, platform=platforms[one.platform_id], binding=one.binding,
            origin=origin, stand=stand_of(_state(order, query, now=now), choice), choice=choice,
        )  # fmt: skip
        items.append(item)
    standings = [
        asked.standing_at(now, asked_at=query.asked_at, policy=policy) for query, asked in put.values()
    ]
    return Checklist(
        items=in_order(items), asked=len(put), answered=standings.count(Standing.ANSWERED),
        awaited=standings.count(Standing.WAITING) + standings.count(Standing.SLOW),
    )  # fmt: skip


def _found(connection: Connection, put: dict[str, tuple[Query, Asked]]) -> list[tuple[Query, Found]]:
    asked = {query.id: query for query, _ in put.values()}
    return [
        (query, one)
        for query in asked.values()
        for one in queries.found(connection, query.id)
        if put[one.platform_id][0].id == query.id
    ]


def _state(order: Order | None, query: Query, *, now: datetime) -> State | None:
    """The state of the newest order; none where it was done and a later answer has the record again."""
    return order.state_at(now) if order and still_counts(order, asked_at=query.asked_at) else None
