"""What a holder who is leaving goes through, put together from answers, orders and choices."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.binding import Origin, origin_of
from jiebang.domain.choice import Chosen, standing
from jiebang.domain.departure import told_since
from jiebang.domain.ground import DONE, still_counts
from jiebang.domain.leaving import PENDING, Checklist, Item, Named, Stand, Unanswered, in_order, stand_of
from jiebang.domain.number import Number, keyed
from jiebang.domain.order import Order
from jiebang.domain.party import Party
from jiebang.domain.policy import Policy
from jiebang.domain.query import Asked, Query, Standing
from jiebang.domain.tenure import Tenure, present, tenures
from jiebang.store import choices, numbers, orders, parties, queries

_Key = tuple[str, str]
"""What tells a record from all others: its platform, and the handle that it has there."""
_Put = Mapping[str, tuple[Query, Asked]]
"""The newest question that was put to each platform."""


def of_number(
    connection: Connection, number: Number, *, now: datetime, policy: Policy, secret: bytes
) -> Checklist:
    """
    Put together what the number's holder has to go through; what an earlier one left is not among it.

    That is what platforms have named, each by the newest question that was put to it, and what was ordered:
    an answer is erased long before the order that was placed on it need be done. `secret` keys the hash
    under which choices are remembered.
    """
    history = numbers.history(connection, number)
    tenure, since = present(history), told_since(tenures(history), now)
    put = _put(connection, number, since=since)
    chosen = choices.of_number(connection, keyed(number, secret=secret), since=since)
    newest = orders.newest(connection, number, since=since)
    platforms = {party.id: party for party in parties.platforms(connection)}
    named = dict(_named(connection, put, platforms=platforms, tenure=tenure))
    told = dict(_ordered(newest, put, platforms=platforms, tenure=tenure, now=now))
    items = [
        _standing(item, newest.get(key), chosen=chosen.get(key), now=now)
        for key, item in (told | named).items()
        if item.origin is not Origin.INHERITED
    ]
    unanswered = tuple(_unanswered(put, platforms=platforms, now=now, policy=policy))
    return Checklist(
        items=in_order(items), asked=len(put), answered=len(put) - len(unanswered),
        awaited=sum(one.standing is not Standing.SILENT for one in unanswered), unanswered=unanswered,
        open_orders=sum(order.state_at(now) in PENDING for order in newest.values()),
    )  # fmt: skip


def _put(connection: Connection, number: Number, *, since: datetime | None) -> _Put:
    put: dict[str, tuple[Query, Asked]] = {}
    for query in queries.of_holder(connection, number, since=since):
        for asked in queries.asked(connection, query.id):
            put.setdefault(asked.platform_id, (query, asked))
    return put


def _unanswered(
    put: _Put, *, platforms: Mapping[str, Party], now: datetime, policy: Policy
) -> Iterator[Unanswered]:
    for platform in platforms.values():
        if platform.id in put:
            query, asked = put[platform.id]
            stands = asked.standing_at(now, asked_at=query.asked_at, policy=policy)
            if stands is not Standing.ANSWERED:
                yield Unanswered(platform=platform, standing=stands)


def _named(
    connection: Connection, put: _Put, *, platforms: Mapping[str, Party], tenure: Tenure | None
) -> Iterator[tuple[_Key, Item]]:
    """What platforms have named."""
    for query in {query.id: query for query, _ in put.values()}.values():
        for one in queries.found(connection, query.id):
            if put[one.platform_id][0].id == query.id:
                it = one.binding
                yield (one.platform_id, it.handle), Item(
                    id=one.id, platform=platforms[one.platform_id], handle=it.handle, kind=it.kind,
                    label=it.label, origin=it.origin(tenure), stand=Stand.UNDECIDED,
                    named=Named(binding=it, query_id=query.id, asked_at=query.asked_at),
                )  # fmt: skip


def _ordered(
    newest: Mapping[_Key, Order],
    put: _Put,
    *,
    platforms: Mapping[str, Party],
    tenure: Tenure | None,
    now: datetime,
) -> Iterator[tuple[_Key, Item]]:
    """What was ordered, but for what came to nothing of a record that its platform does not name any more."""
    for key, order in newest.items():
        answered = order.platform_id in put and put[order.platform_id][1].answered_at is not None
        if answered and order.state_at(now) not in {*PENDING, *DONE}:
            continue
        yield key, Item(
            id=order.id, platform=platforms[order.platform_id], handle=order.handle, kind=order.record_kind,
            label=order.label, origin=origin_of(order.bound, tenure) if order.bound else order.origin,
            stand=Stand.UNDECIDED,
        )  # fmt: skip


def _standing(item: Item, order: Order | None, *, chosen: Chosen | None, now: datetime) -> Item:
    """
    Say how an item stands, by the newest order about it and by what was chosen.

    An order that was done counts for nothing where a later answer has the record again.
    """
    choice = standing(chosen, ordered_at=order.placed_at if order else None)
    again = order and item.named and not still_counts(order, asked_at=item.named.asked_at)
    state = order.state_at(now) if order and not again else None
    return replace(item, stand=stand_of(state, choice), choice=choice)
