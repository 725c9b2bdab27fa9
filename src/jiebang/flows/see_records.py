"""A holder sees what has come back so far: each record, and how each platform stands with its answer."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from jiebang.domain.binding import Binding, OrderKind, Origin
from jiebang.domain.choice import Choice, standing
from jiebang.domain.departure import told_since
from jiebang.domain.ground import SETTLED, offers, still_counts
from jiebang.domain.number import keyed
from jiebang.domain.order import Order, State
from jiebang.domain.party import Party
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.query import Query, Standing
from jiebang.domain.tenure import Tenure, present, tenures
from jiebang.store import choices, numbers, orders, parties, queries
from jiebang.store.database import Database

WAITED_FOR = frozenset({Standing.WAITING, Standing.SLOW})
"""How a platform stands whose answer may still come."""


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
    choice: Choice | None = None
    """What the holder has said of the record since they last ordered something about it."""

    @property
    def settled(self) -> bool:
        """Whether an order is under way or done, so that there is nothing to say of the record."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """One platform that was asked, how it stands, and how many records it has named."""

    platform: Party
    standing: Standing
    records: int
    partly: bool = False
    """Whether it has said only what it has seen so far: no record is not "nothing found" then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that a query has brought so far."""

    query: Query
    tenure: Tenure | None
    """The holder's own, as far as their carrier has reported it."""
    cards: tuple[Card, ...]
    platforms: tuple[Standpoint, ...]

    def of(self, origin: Origin) -> list[Card]:
        """The cards of one origin."""
        return [card for card in self.cards if card.origin is origin]

    @property
    def answered(self) -> int:
        """How many platforms have answered."""
        return sum(one.standing is Standing.ANSWERED for one in self.platforms)

    @property
    def awaited(self) -> bool:
        """Whether an answer may still come."""
        return any(one.standing in WAITED_FOR for one in self.platforms)

    @property
    def unheard(self) -> bool:
        """Whether a platform has let its time pass without an answer."""
        return any(one.standing in (Standing.SLOW, Standing.SILENT) for one in self.platforms)

    @property
    def partly(self) -> bool:
        """Whether a platform has said only what it has seen so far."""
        return any(one.partly for one in self.platforms)

    @property
    def can_close(self) -> bool:
        """Whether there is an account that the holder could close."""
        return any(OrderKind.DEREGISTER in card.offers for card in self.cards)

    @property
    def to_free(self) -> list[str]:
        """Ids of the records that an earlier holder left and that can lose the number now."""
        return [card.id for card in self.of(Origin.INHERITED) if OrderKind.UNBIND in card.offers]


def see_records(
    database: Database, proof: Proof, *, query_id: str, now: datetime, policy: Policy, secret: bytes
) -> Findings:
    """Read what a query has brought; refuses with `ProofStale`, or with `UnknownQuery` what is not theirs."""
    proof.require(now, policy)
    with database.read() as connection:
        query = queries.get(connection, query_id, number=proof.number)
        history = numbers.history(connection, proof.number)
        tenure, since = present(history), told_since(tenures(history), now)
        platforms = {party.id: party for party in parties.platforms(connection)}
        found = queries.found(connection, query_id)
        newest = orders.newest(connection, proof.number, since=since)
        chosen = choices.of_number(connection, keyed(proof.number, secret=secret), since=since)
        put = {one.platform_id: one for one in queries.asked(connection, query_id)}
    records = Counter(one.platform_id for one in found)
    enough = proof.enough(policy)
    cards = []
    for one in found:
        key = one.platform_id, one.binding.handle
        order = newest.get(key)
        order = order if order and still_counts(order, asked_at=query.asked_at) else None
        origin = one.binding.origin(tenure)
        state = order.state_at(now) if order else None
        offered = frozenset() if state in SETTLED else offers(one.binding, origin, enough=enough)
        choice = standing(chosen.get(key), ordered_at=order.placed_at if order else None)
        card = Card(
            id=one.id, platform=platforms[one.platform_id], binding=one.binding, origin=origin,
            order=order, state=state, offers=offered, choice=choice,
        )  # fmt: skip
        cards.append(card)
    asked = tuple(
        Standpoint(
            platform=platforms[own],
            standing=one.standing_at(now, asked_at=query.asked_at, policy=policy),
            records=records[own],
            partly=one.is_partly,
        )
        for own, one in ((party_id, put[party_id]) for party_id in platforms if party_id in put)
    )
    return Findings(query=query, tenure=tenure, cards=tuple(cards), platforms=asked)
