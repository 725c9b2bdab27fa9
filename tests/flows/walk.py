"""A random walk of everybody who has a hand in an order, with a clock that jumps, and crashes anywhere."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Connection, event, select

from jiebang.domain.binding import Bound, BoundSource, OrderKind, Precision
from jiebang.domain.errors import Refusal
from jiebang.domain.journal import verify
from jiebang.domain.letter import Event, Letter
from jiebang.domain.order import LIVE, MOVES, Order, State
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof
from jiebang.domain.span import instant
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.load_changes import load_changes
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.flows.revoke_order import revoke_order
from jiebang.flows.seal_journal import seal_journal
from jiebang.flows.start_proof import start_proof
from jiebang.flows.sweep import sweep
from jiebang.store import journal, orders, proofs, queries
from jiebang.store.database import Database
from jiebang.store.orders import order_of
from jiebang.store.tables import letters as letters_table
from jiebang.store.tables import metadata
from jiebang.store.tables import orders as orders_table
from jiebang.store.tables import queries as asked_of
from jiebang.wire.notes import Sealer, open_checkpoint
from tests.build import BINDING, BOTH, FINGERPRINT, NOW, NUMBER, POLICY, word
from tests.flows.holder import known, streaming
from tests.memory import CARRIER, SHOP, join

Given = TypeVar("Given")
SEALER = Sealer("https://hub.example/journal", bytes(32))
UNKNOWN = Bound(at=None, precision=Precision.DAY, source=BoundSource.UNKNOWN)
RECORDS = {
    "inherited": BINDING,
    "own": replace(BINDING, handle="own", bound=instant(NOW - timedelta(days=30)), can=BOTH),
    "uncertain": replace(BINDING, handle="uncertain", bound=UNKNOWN.span(NOW)),
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JUMPS = [MINUTE] * 6 + [9 * MINUTE, 5 * HOUR, 4 * DAY, 12 * DAY]
AGING = timedelta(days=100)


class Crash(Exception):  # noqa: N818 - nobody's mistake: the power is cut
    """The process is gone."""


crashes = st.sampled_from([None] * 8 + ["before the commit", "after the commit"])


class Walk(RuleBasedStateMachine):
    """One holder, one platform, one carrier, the hub's own worker; each step is one flow, or a part of it."""

    database: Database

    def __init__(self) -> None:
        """Begin with a number that has just come to its second holder."""
        super().__init__()
        with self.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        join(self.database)
        known(self.database)
        self.stream_id = streaming(self.database).id
        self.now = NOW
        self.held = True
        self.proof: Proof | None = None
        self.inbox: dict[str, Letter] = {}
        self.revoked: set[str] = set()
        self.ended_at = NOW - timedelta(days=9000)
        """When the last tenure that has ended did so, as the hub was told."""

    def do(self, crash: str | None, flow: Callable[..., Given], *given: Any, **named: Any) -> Given | None:  # noqa: ANN401 - whatever the flow is given
        """Run a flow; `None` where it refuses, or crashes before or after it has kept anything."""
        if crash == "before the commit":
            event.listen(self.database.engine, "commit", _cut)
        try:
            with suppress(Refusal, Crash):
                done = flow(self.database, *given, **named)
                return None if crash else done
            return None
        finally:
            if crash == "before the commit":
                event.remove(self.database.engine, "commit", _cut)

    @rule(jump=st.sampled_from(JUMPS))
    def time_passes(self, jump: timedelta) -> None:
        """Turn the clock; a proof that has become too old is given up."""
        self.now += jump
        if self.proof is not None and self.now >= (self.proof.good_until(POLICY) or NOW):
            self.proof = None

    @precondition(lambda self: self.held and self.proof is None)
    @rule(crash=crashes)
    def the_holder_proves_the_number_and_asks(self, crash: str | None) -> None:
        """Type the right code, and put a question to the shop, which knows all of these records."""
        begun = self.do(None, start_proof, NUMBER, now=self.now, policy=POLICY)
        if begun and self.do(crash, confirm_proof, begun.id, right=True, now=self.now, policy=POLICY):
            with self.database.read() as connection:
                self.proof = proofs.get(connection, begun.id)
            query = ask_platforms(self.database, self.proof, platform_ids=[SHOP], now=self.now, policy=POLICY)
            answer = Answer(query_id=query.id, complete=True, bindings=tuple(RECORDS.values()))
            self.do(crash, record_answers, SHOP, answers=[answer], now=self.now, policy=POLICY)

    @precondition(lambda self: self.proof is not None)
    @rule(crash=crashes, kind=st.sampled_from(OrderKind), data=st.data())
    def the_holder_orders(self, crash: str | None, kind: OrderKind, data: st.DataObject) -> None:
        """Tick one of the records that were found."""
        with self.database.read() as connection:
            asked = connection.scalars(select(asked_of.c.id).order_by(asked_of.c.asked_at)).all()
            found = [one.id for query_id in asked for one in queries.found(connection, query_id)]
        if found:
            wanted = [Wanted(data.draw(st.sampled_from(found)), kind)]
            self.do(crash, place_orders, self.proof, wanted=wanted, now=self.now, policy=POLICY)

    @precondition(lambda self: self.proof is not None)
    @rule(crash=crashes, data=st.data())
    def the_holder_revokes(self, crash: str | None, data: st.DataObject) -> None:
        """Take any order back."""
        if placed := self.placed():
            one = data.draw(st.sampled_from(placed))
            self.do(crash, revoke_order, self.proof, order_id=one.id, now=self.now, policy=POLICY)

    @rule(crash=crashes, data=st.data())
    def the_platform_polls(self, crash: str | None, data: st.DataObject) -> None:
        """Confirm some of what it has, and take what waits."""
        self.take(crash, data)

    def take(self, crash: str | None, data: st.DataObject) -> None:
        """Poll."""
        confirmed = data.draw(st.lists(st.sampled_from(list(self.inbox)), unique=True)) if self.inbox else []
        poll = Poll(stream_id=self.stream_id, confirmed=confirmed, most=100)
        handed = self.do(crash, poll_letters, SHOP, poll=poll, now=self.now, secret=b"")
        if handed:
            self.inbox |= {letter.jti: letter for letter in handed.letters}

    @rule(crash=crashes, said=st.sampled_from(Said), data=st.data())
    def the_platform_says_what_came_of_an_order(
        self, crash: str | None, said: Said, data: st.DataObject
    ) -> None:
        """Report on any order that it has ever heard of, with its receipt."""
        self.take(None, data)
        heard = [letter for letter in self.inbox.values() if "handle" in letter.said]
        if heard:
            letter = data.draw(st.sampled_from(heard))
            spoken = word(str(letter.order_id), said, at=self.now, attempt=letter.said.get("attempt", 1))
            told = replace(spoken, letter=letter.jti)
            self.do(
                crash, record_outcomes, SHOP, outcomes=[told], fingerprint=FINGERPRINT, now=self.now,
                policy=POLICY,
            )  # fmt: skip

    @rule(crash=crashes, lies=st.booleans(), data=st.data())
    def the_platform_answers_a_question(self, crash: str | None, data: st.DataObject, *, lies: bool) -> None:
        """Answer a question that it has, the hub's second looks among them."""
        self.take(None, data)
        asked = [one for one in self.inbox.values() if one.event is Event.BINDINGS_ASKED]
        if asked:
            letter = data.draw(st.sampled_from(asked))
            there = tuple(RECORDS.values()) if lies else ()
            answer = Answer(query_id=letter.said["query_id"], complete=True, bindings=there)
            self.do(crash, record_answers, SHOP, answers=[answer], now=self.now, policy=POLICY)

    @rule(data=st.data())
    def the_platform_lies_until_people_see_to_it(self, data: st.DataObject) -> None:
        """Say of an order as often as it is told that it is done, and show each time that it is not."""
        if live := [one.id for one in self.placed() if one.state_at(self.now) in LIVE]:
            order_id = data.draw(st.sampled_from(live))
            wanted = select(asked_of.c.id).where(asked_of.c.order_id == order_id)
            for attempt in (1, 2):
                told = [word(order_id, at=self.now, attempt=attempt)]
                self.do(
                    None, record_outcomes, SHOP, outcomes=told, fingerprint=FINGERPRINT, now=self.now,
                    policy=POLICY,
                )  # fmt: skip
                with self.database.read() as connection:
                    looks = connection.scalars(wanted).all()
                there = tuple(RECORDS.values())
                answers = [Answer(query_id=look, complete=True, bindings=there) for look in looks]
                self.do(None, record_answers, SHOP, answers=answers, now=self.now, policy=POLICY)

    @precondition(lambda self: self.held)
    @rule(chance=st.integers(0, 5))
    def the_number_leaves_its_holder(self, chance: int) -> None:
        """Let the carrier disconnect it, now and then."""
        if chance == 0:
            self.change(ChangeKind.DISCONNECTED)
            self.held, self.ended_at = False, self.now

    @precondition(lambda self: not self.held)
    @rule()
    def the_number_comes_to_another_holder(self) -> None:
        """Let it rest long enough, and assign it."""
        self.now += AGING
        self.change(ChangeKind.ASSIGNED)
        self.held, self.proof = True, None

    def change(self, kind: ChangeKind) -> None:
        """Report a change that has just happened."""
        said = Change(number=NUMBER, kind=kind, at=instant(self.now), holder=f"holder at {self.now}")
        self.now += timedelta(seconds=1)
        verdicts = load_changes(self.database, CARRIER, changes=[said], now=self.now, policy=POLICY)
        assert verdicts[0].refusal is None

    @rule(crash=crashes)
    def the_worker_sweeps_and_seals(self, crash: str | None) -> None:
        """Let the hub look after itself."""
        self.do(crash, sweep, now=self.now, policy=POLICY)
        self.do(crash, seal_journal, now=self.now, sign=SEALER.seal)

    def placed(self) -> list[Order]:
        """Read every order there is."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(orders_table).order_by(orders_table.c.placed_at, orders_table.c.handle)
            )
            return [order_of(row) for row in rows]

    @invariant()
    def the_journal_explains_every_state(self) -> None:
        """Follow each order from its first entry: every move is one that `MOVES` has."""
        placed = self.placed()
        with self.database.read() as connection:
            taken = orders.timelines(connection, [order.id for order in placed])
        possible = {(before, after) for (before, _), after in MOVES.items()}
        for order in placed:
            states = [step.state for step in taken[order.id]]
            assert (states[0], states[-1]) == (State.OPEN, order.state)
            assert {*pairwise(states)} <= possible

    @invariant()
    def a_record_has_one_live_order(self) -> None:
        """Two taps are one order."""
        live = [(order.platform_id, order.handle) for order in self.placed() if order.state in LIVE]
        assert len(live) == len(set(live))

    @invariant()
    def what_is_revoked_stays_so_and_is_never_delivered_any_more(self) -> None:
        """Nobody brings it back to life, and no letter that orders it waits."""
        revoked = {order.id for order in self.placed() if order.state is State.REVOKED}
        assert self.revoked <= revoked
        self.revoked = revoked
        with self.database.read() as connection:
            waiting = _waiting(connection)
        assert {order_id for order_id, said in waiting if "handle" in said} & revoked == set()

    @invariant()
    def no_order_outlives_its_tenure(self) -> None:
        """What an earlier holder ordered is over."""
        assert [one for one in self.placed() if one.state in LIVE and one.placed_at < self.ended_at] == []

    def teardown(self) -> None:
        """Hold the whole journal against its seals."""
        seal_journal(self.database, now=self.now, sign=SEALER.seal)
        with self.database.read() as connection:
            notes = journal.all_checkpoints(connection)
            signed = [open_checkpoint(note, SEALER.verifier()) for note in notes.values()]
            list(verify(journal.sealed(connection), signed))


def _cut(_connection: Connection) -> None:
    raise Crash


def _waiting(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    rows = connection.execute(select(letters_table.c.order_id, letters_table.c.said))
    return [(row.order_id, row.said) for row in rows]
