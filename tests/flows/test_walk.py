"""Whoever does what, and when, and whatever crashes: an order has one state, and the journal explains it."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from jiebang.domain.binding import OrderKind
from jiebang.domain.letter import Event
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Said
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.flows.revoke_order import revoke_order
from jiebang.store.database import Database
from tests.build import FINGERPRINT, POLICY, word
from tests.flows.holder import stored
from tests.flows.walk import NOT_OWN, SETTLED, Walk
from tests.memory import SHOP


class WalkToTheEnd(Walk):
    """A walk after which, wherever it has led, closings can still be revoked, take effect and lapse."""

    def teardown(self) -> None:
        """Count what was placed, and go on to these three ends."""
        self.met.update(order.kind for order in self.placed())
        if not self.held:
            self.the_number_comes_to_another_holder()
        self.began = self.now  # with accounts of which no order is yet
        revoked, done = self.close(0), self.close(1)
        self.do(None, revoke_order, self.proof, order_id=revoked.id, now=self.now, policy=POLICY)
        self.take(None)
        self.now = done.leave_at
        lapsed = self.close(2)
        self.the_platform_closes(done)
        self.the_number_leaves_its_holder()
        self.the_worker_sweeps_and_seals(None)
        assert self.heard().isdisjoint({revoked.id, lapsed.id})
        ends = [stored(self.database, one).state for one in (revoked, done, lapsed)]
        assert ends == [State.REVOKED, State.VERIFIED, State.REVOKED]
        super().teardown()

    def close(self, nth: int) -> Order:
        """Order that one of the holder's own accounts be closed; nobody hears of it yet."""
        self.the_holder_asks(None)
        own = [one for one in self.found() if one.binding.handle not in NOT_OWN]
        wanted = [Wanted(own[nth - 3].id, OrderKind.DEREGISTER)]
        placed = self.do(
            None, place_orders, self.proof, wanted=wanted, now=self.now, policy=POLICY, sim=SETTLED
        )
        assert placed, "whatever has happened before, it can be ordered"
        (order,) = placed
        self.take(None)
        assert order.id not in self.heard()
        return order

    def heard(self) -> set[str | None]:
        """Say of which orders the platform has ever heard."""
        return {letter.order_id for letter in self.inbox.values()}

    def the_platform_closes(self, order: Order) -> None:
        """Let the platform do as it is told, and answer the hub, which looks again, that nothing is there."""
        self.take(None)
        (letter,) = [one for one in self.inbox.values() if one.order_id == order.id]
        told = replace(word(order.id, Said.FULFILLED, at=self.now), letter=letter.jti)
        record_outcomes(
            self.database, SHOP, outcomes=[told], fingerprint=FINGERPRINT, now=self.now, policy=POLICY
        )
        self.take(None)
        asked = [one for one in self.inbox.values() if one.event is Event.BINDINGS_ASKED]
        answers = [Answer(query_id=one.said["query_id"], complete=True, bindings=()) for one in asked]
        record_answers(self.database, SHOP, answers=answers, now=self.now, policy=POLICY)


def walk(database: Database, *, examples: int) -> Counter[OrderKind]:
    """Walk at random on a database; gives how many orders of each kind were placed on the way."""
    met: Counter[OrderKind] = Counter()
    kind = type("On", (WalkToTheEnd,), {"database": database, "met": met})
    chosen = settings(
        max_examples=examples, stateful_step_count=60,
        suppress_health_check=list(HealthCheck),
        # To make a failing walk shorter takes minutes; sixty steps can be read.
        phases=[phase for phase in Phase if phase is not Phase.shrink],
    )  # fmt: skip
    run_state_machine_as_test(kind, settings=chosen)
    return met


def test_a_random_walk_on_either_database(database: Database) -> None:
    met = walk(database, examples=30 if database.engine.dialect.name == "sqlite" else 10)
    assert met.keys() == set(OrderKind), "orders of each kind were placed"
