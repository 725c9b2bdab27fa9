"""A holder wants to know which fronts have shown their number, and what was done through them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from jiebang.domain.deed import Deed, DeedKind
from jiebang.domain.departure import ends_before
from jiebang.domain.journal import Entry
from jiebang.domain.order import State
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.showing import ShownBy
from jiebang.domain.tenure import tenures
from jiebang.store import journal, numbers, orders, parties, proofs
from jiebang.store.database import Database
from jiebang.store.orders import Step

_STEPS = MappingProxyType({State.OPEN: DeedKind.ORDER_PLACED, State.REVOKED: DeedKind.ORDER_REVOKED})
_KINDS = frozenset(kind.value for kind in DeedKind)


def tell_deeds(database: Database, proof: Proof, *, now: datetime, policy: Policy) -> list[Deed]:
    """
    Tell what fronts did about a number since nobody else held it, newest first; refuses with `ProofStale`.

    What is about an order is told as long as the order is remembered, the rest as long as the proof is kept
    by which it was done.
    """
    proof.require(now, policy)
    with database.read() as connection:
        line = tenures(numbers.history(connection, proof.number))
        since = ends_before(line, now) if line else None
        shown = proofs.by_fronts(connection, proof.number, since=since)
        entries = journal.of_proofs(connection, [one.id for one in shown])
        placed = orders.of_number(connection, proof.number, since=since)
        steps = orders.timelines(connection, [order.id for order in placed])
        fronts = {party.id: party for party in parties.everyone(connection) if party.role is Role.FRONT}
    taken = [step for several in steps.values() for step in several]
    return sorted([*_noted(entries, fronts), *_ordered(taken, fronts)], key=lambda one: one.at, reverse=True)


def _noted(entries: Iterable[Entry], fronts: Mapping[str, Party]) -> list[Deed]:
    # Many choices that were made in one go are one deed.
    told = {(one.at, one.by, one.what): one for one in entries if one.what in _KINDS}
    return [
        Deed(
            kind=DeedKind(one.what), at=one.at, front=fronts[one.by],
            asserted=one.said.get("asserted", False),
            shown_by=ShownBy(one.said["shown_by"]) if "shown_by" in one.said else None,
        )
        for one in told.values()
    ]  # fmt: skip


def _ordered(steps: Iterable[Step], fronts: Mapping[str, Party]) -> list[Deed]:
    return [
        Deed(kind=_STEPS[one.state], at=one.at, front=fronts[one.by], order_id=one.order_id)
        for one in steps
        if one.by in fronts and one.state in _STEPS
    ]
