"""A holder follows their orders: each with the steps it has taken and those that are still to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from jiebang.domain.journal import HUB
from jiebang.domain.order import LIVE, MOVES, Order, State, Verb
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import numbers, orders, parties
from jiebang.store.database import Database
from jiebang.store.orders import Step

_AHEAD = MappingProxyType(
    {
        State.OPEN: (State.IN_PROGRESS, State.FULFILLED, State.VERIFIED),
        State.IN_PROGRESS: (State.FULFILLED, State.VERIFIED),
        State.FULFILLED: (State.VERIFIED,),
    }
)
"""What is still to come when all goes well; after any other state, nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One order's life so far, and what lies ahead."""

    order: Order
    platform: Party
    front: Party | None
    """Through which it was placed; `None` is the hub's own portal."""
    state: State
    steps: tuple[Step, ...]
    fronts: Mapping[str, Party]
    """Those whose doing a step was, by their ids."""
    ahead: tuple[State, ...]
    unchecked: bool
    """Whether the platform says that it is done, and has not let the hub look in all this time."""

    @property
    def revocable(self) -> bool:
        """Whether the holder can still take the order back."""
        return (self.state, Verb.REVOKE) in MOVES

    @property
    def live(self) -> bool:
        """Whether the platform still owes an outcome, by the deadline."""
        return self.state in LIVE

    def last_news(self, now: datetime) -> datetime:
        """When something last happened, or could first happen, to this order."""
        instants = [step.at for step in self.steps] + [self.order.leave_at, self.order.placed_at]
        if self.order.object_until is not None:
            instants.append(self.order.object_until)
        return max(instant for instant in instants if instant <= now)


def follow_orders(database: Database, proof: Proof, *, now: datetime, policy: Policy) -> list[Timeline]:
    """Read the orders that a number's present holder has placed, newest first; refuses with `ProofStale`."""
    proof.require(now, policy)
    with database.read() as connection:
        since = numbers.told_since(connection, proof.number, now=now)
        placed = orders.of_number(connection, proof.number, since=since)
        steps = orders.timelines(connection, [order.id for order in placed])
        known = {party.id: party for party in parties.everyone(connection)}
    return [
        _timeline(order, known, taken=steps.get(order.id, []), now=now, silent=policy.answer_silent)
        for order in placed
    ]


def _timeline(
    order: Order, known: Mapping[str, Party], *, taken: Sequence[Step], now: datetime, silent: timedelta
) -> Timeline:
    state = order.state_at(now)
    steps = list(taken)
    if state is State.EXPIRED and order.state is not State.EXPIRED:
        # The sweep has not written it down yet; the holder need not wait for that.
        steps.append(replace(steps[-1], state=state, at=order.due, by=HUB, said_at=None))
    unchecked = state is State.FULFILLED and now >= steps[-1].at + silent
    fronts = {one.by: known[one.by] for one in steps if one.by in known and known[one.by].role is Role.FRONT}
    return Timeline(
        order=order, platform=known[order.platform_id], front=known.get(order.front_id or ""), state=state,
        steps=tuple(steps), fronts=fronts, unchecked=unchecked,
        ahead=() if unchecked else _AHEAD.get(state, ()),
    )  # fmt: skip
