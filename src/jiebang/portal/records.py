"""What has come back so far: a card for each record, and how each platform stands with its answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.binding import Binding, OrderKind, Origin
from jiebang.domain.errors import Refusal
from jiebang.domain.number import Number
from jiebang.domain.order import LIVE, Order, State, check_rights
from jiebang.domain.party import Party
from jiebang.domain.policy import Policy
from jiebang.domain.query import Asked, Query, Standing
from jiebang.domain.tenure import Tenure, present
from jiebang.portal.pace import pace
from jiebang.store import numbers, orders, parties, queries
from jiebang.store.queries import Found

DONE = (State.FULFILLED, State.VERIFIED)
"""States of an order after which there is nothing left to order about its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One record as the holder sees it, with what may be ordered about it now."""

    id: str
    platform: Party
    binding: Binding
    origin: Origin
    order: Order | None
    """The newest order about this record; what may be ordered takes it into account."""
    state: State | None
    offers: frozenset[OrderKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """One platform that was asked, how it stands, and how many records it has named."""

    platform: Party
    standing: Standing
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that a query has brought so far."""

    query: Query
    tenure: Tenure | None
    """The holder's own, as far as their carrier has reported it."""
    cards: tuple[Card, ...]
    platforms: tuple[Standpoint, ...]
    look_again: int | None
    """In how many seconds the page looks again; `None` when nothing more is coming."""

    def of(self, origin: Origin) -> list[Card]:
        """The cards of one origin."""
        return [card for card in self.cards if card.origin is origin]

    @property
    def answered(self) -> int:
        """How many platforms have answered."""
        return sum(one.standing is Standing.ANSWERED for one in self.platforms)

    @property
    def unheard(self) -> bool:
        """Whether a platform has let its time pass without an answer."""
        return any(one.standing in (Standing.SLOW, Standing.SILENT) for one in self.platforms)

    @property
    def to_free(self) -> list[str]:
        """Ids of the records that an earlier holder left and that can lose the number now."""
        return [card.id for card in self.of(Origin.INHERITED) if OrderKind.UNBIND in card.offers]


def find(
    connection: Connection, query_id: str, number: Number, *, now: datetime, policy: Policy
) -> Findings:
    """Read what a holder's query has brought; refuses with `UnknownQuery` what is not theirs."""
    query = queries.get(connection, query_id, number=number)
    known = {party.id: party for party in parties.platforms(connection)}
    found, asked = queries.found(connection, query_id), queries.asked(connection, query_id)
    tenure = present(numbers.history(connection, number))
    newest = _newest(orders.of_number(connection, number, since=since(tenure)))
    standings = _standings(asked, found, known=known, now=now, query=query, policy=policy)
    waiting = any(one.standing in (Standing.WAITING, Standing.SLOW) for one in standings)
    return Findings(
        query=query, tenure=tenure, platforms=standings,
        cards=tuple(_card(one, known[one.platform_id], tenure, query, newest, now) for one in found),
        look_again=pace(now - query.asked_at) if waiting else None,
    )  # fmt: skip


def since(tenure: Tenure | None) -> datetime | None:
    """From when on a number's orders are its present holder's; `None` when nobody knows."""
    return tenure.since.not_before if tenure else None


def _standings(  # noqa: PLR0913 - how a platform stands rests on all of these
    asked: Iterable[Asked],
    found: Iterable[Found],
    *,
    known: Mapping[str, Party],
    query: Query,
    now: datetime,
    policy: Policy,
) -> tuple[Standpoint, ...]:
    named = [one.platform_id for one in found]
    by_id = {one.platform_id: one for one in asked}
    return tuple(
        Standpoint(
            platform=party,
            standing=by_id[party.id].standing_at(now, asked_at=query.asked_at, policy=policy),
            records=named.count(party.id),
        )
        for party in known.values()
        if party.id in by_id
    )


def _newest(placed: Iterable[Order]) -> dict[tuple[str, str], Order]:
    newest: dict[tuple[str, str], Order] = {}
    for order in placed:
        newest.setdefault((order.platform_id, order.handle), order)
    return newest


def _card(  # noqa: PLR0913 - a card is where all of these meet
    found: Found,
    platform: Party,
    tenure: Tenure | None,
    query: Query,
    newest: Mapping[tuple[str, str], Order],
    now: datetime,
) -> Card:
    origin = found.binding.origin(tenure)
    order = newest.get((found.platform_id, found.binding.handle))
    state = order.state_at(now) if order else None
    if order and state in DONE and order.placed_at < query.asked_at:
        # It was done before this question was put, and yet the record is among the answers: it is back.
        order, state = None, None
    settled = state in LIVE or state in DONE
    offers = frozenset() if settled else offered(found.binding, origin)
    return Card(
        id=found.id, platform=platform, binding=found.binding, origin=origin, order=order, state=state,
        offers=offers,
    )  # fmt: skip


def offered(binding: Binding, origin: Origin) -> frozenset[OrderKind]:
    """What may be ordered about a record, as the domain judges it."""
    return frozenset(kind for kind in OrderKind if _allowed(kind, origin, binding))


def _allowed(kind: OrderKind, origin: Origin, binding: Binding) -> bool:
    try:
        check_rights(kind, origin, binding=binding)
    except Refusal:
        return False
    return True
