"""A random walk of everybody who has a hand in an order, with a clock that jumps, and crashes anywhere."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import Connection, event, select

from jiebang.domain.binding import Binding, Bound, BoundSource, OrderKind, Precision
from jiebang.domain.errors import Refusal
from jiebang.domain.letter import Event, Letter
from jiebang.domain.order import LIVE
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof
from jiebang.domain.sim import Heard, Sim
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
from jiebang.store import proofs, queries
from jiebang.store.queries import Found
from jiebang.store.tables import metadata
from jiebang.store.tables import queries as asked_of
from tests.build import BINDING, BOTH, FINGERPRINT, NOW, NUMBER, POLICY, word
from tests.flows.holder import known, streaming
from tests.flows.holding import SEALER, Holding
from tests.memory import CARRIER, SHOP, join

Given = TypeVar("Given")
UNKNOWN = Bound(at=None, precision=Precision.DAY, source=BoundSource.UNKNOWN)
UNCERTAIN = replace(BINDING, handle="uncertain", bound=UNKNOWN.span(NOW))
SAID = [*Said, Said.FULFILLED, Said.FULFILLED]
NOT_OWN = {BINDING.handle, UNCERTAIN.handle}
SETTLED = Sim(Heard.TOLD)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JUMPS = [MINUTE] * 3 + [9 * MINUTE, 5 * HOUR, 2 * DAY, 4 * DAY, 12 * DAY]
AGING = timedelta(days=100)


class Crash(Exception):  # noqa: N818 - nobody's mistake: the power is cut
    """The process is gone."""


crashes = st.sampled_from([None] * 8 + ["before the commit", "after the commit"])


class Walk(Holding):
    """One holder, one platform, one carrier, the hub's own worker; each step is one flow, or a part of it."""

    met: ClassVar[Counter[OrderKind]]
    """How many orders of each kind were placed on all walks."""

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
        self.began = NOW - timedelta(days=30)
        """When the present holder has opened an account of their own."""
        self.proof: Proof | None = None
        self.inbox: dict[str, Letter] = {}

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

    @rule(crash=crashes, data=st.data())
    def somebody_does_something(self, crash: str | None, data: st.DataObject) -> None:
        """Take a step. Not a rule for each kind of them: Hypothesis leaves some rules out of whole walks."""
        steps = [*ALWAYS, *(WHILE_HELD if self.held else WHILE_LEFT)]
        data.draw(st.sampled_from(steps))(self, crash, data)

    def time_passes(self, _crash: str | None, data: st.DataObject) -> None:
        """Turn the clock; a proof that has become too old is given up."""
        self.now += data.draw(st.sampled_from(JUMPS))
        if self.proof is not None and self.now >= (self.proof.good_until(POLICY) or NOW):
            self.proof = None

    def the_holder_asks(self, crash: str | None, _data: object = None) -> None:
        """Prove the number, and put a question to the shop, which knows all of these records."""
        self.prove(crash)
        query = self.proof and self.do(
            None, ask_platforms, self.proof, platform_ids=[SHOP], now=self.now, policy=POLICY
        )
        if query:
            answer = Answer(query_id=query.id, complete=True, bindings=self.records())
            self.do(crash, record_answers, SHOP, answers=[answer], now=self.now, policy=POLICY)

    def prove(self, crash: str | None) -> None:
        """Have a code sent, and type it: no oftener than the hub sends one."""
        self.now, self.proof = self.now + 15 * MINUTE, None
        begun = self.do(None, start_proof, NUMBER, now=self.now, policy=POLICY)
        if begun and self.do(crash, confirm_proof, begun.id, right=True, now=self.now, policy=POLICY):
            with self.database.read() as connection:
                self.proof = proofs.get(connection, begun.id)

    def records(self) -> tuple[Binding, ...]:
        """What the shop has: of an earlier holder's, of nobody knows whose, and three of the present's."""
        own = replace(BINDING, bound=instant(self.began), can=BOTH)
        return (BINDING, UNCERTAIN, *(replace(own, handle=f"{nth} of {self.began}") for nth in range(3)))

    def the_holder_orders(self, crash: str | None, data: st.DataObject) -> None:
        """Tick one of the records that were found; to close an account of one's own takes a new proof."""
        kind = data.draw(st.sampled_from(OrderKind))
        if self.proof is None or kind is OrderKind.DEREGISTER:
            self.prove(None)
        found = self.found()
        own = [one for one in found if one.binding.handle not in NOT_OWN]
        if self.proof and (fitting := found if kind is OrderKind.UNBIND else own):
            wanted = [Wanted(data.draw(st.sampled_from(fitting)).id, kind)]
            self.do(crash, place_orders, self.proof, wanted=wanted, now=self.now, policy=POLICY, sim=SETTLED)

    def found(self) -> list[Found]:
        """Read what the shop has told, the newest last."""
        with self.database.read() as connection:
            asked = connection.scalars(select(asked_of.c.id).order_by(asked_of.c.asked_at)).all()
            return [one for query_id in asked for one in queries.found(connection, query_id)]

    def the_holder_revokes(self, crash: str | None, data: st.DataObject) -> None:
        """Take any order back."""
        if self.proof is None:
            self.prove(None)
        if self.proof and (placed := self.placed()):
            one = data.draw(st.sampled_from(placed))
            self.do(crash, revoke_order, self.proof, order_id=one.id, now=self.now, policy=POLICY)

    def the_platform_polls(self, crash: str | None, data: st.DataObject) -> None:
        """Confirm some of what it has, and take what waits."""
        confirmed = data.draw(st.lists(st.sampled_from(list(self.inbox)), unique=True)) if self.inbox else []
        self.take(crash, confirmed)

    def take(self, crash: str | None, confirmed: Sequence[str] = ()) -> None:
        """Poll."""
        poll = Poll(stream_id=self.stream_id, confirmed=confirmed, most=100)
        handed = self.do(crash, poll_letters, SHOP, poll=poll, now=self.now, secret=b"")
        if handed:
            self.inbox |= {letter.jti: letter for letter in handed.letters}

    def the_platform_says_what_came_of_an_order(self, crash: str | None, data: st.DataObject) -> None:
        """Report on any order that it has ever heard of, with its receipt."""
        self.the_platform_polls(None, data)
        heard = [letter for letter in self.inbox.values() if "handle" in letter.said]
        if heard:
            letter, said = data.draw(st.sampled_from(heard[-3:])), data.draw(st.sampled_from(SAID))
            spoken = word(str(letter.order_id), said, at=self.now, attempt=letter.said.get("attempt", 1))
            told = replace(spoken, letter=letter.jti)
            self.do(
                crash, record_outcomes, SHOP, outcomes=[told], fingerprint=FINGERPRINT, now=self.now,
                policy=POLICY,
            )  # fmt: skip

    def the_platform_answers_a_question(self, crash: str | None, data: st.DataObject) -> None:
        """Answer a question that it has, the hub's second looks among them; now and then it lies."""
        self.the_platform_polls(None, data)
        asked = [one for one in self.inbox.values() if one.event is Event.BINDINGS_ASKED]
        if asked:
            letter = data.draw(st.sampled_from(asked[-3:]))
            there = self.records() if data.draw(st.booleans()) else ()
            answer = Answer(query_id=letter.said["query_id"], complete=True, bindings=there)
            self.do(crash, record_answers, SHOP, answers=[answer], now=self.now, policy=POLICY)

    def the_platform_lies_until_people_see_to_it(self, _crash: str | None, data: st.DataObject) -> None:
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
                answers = [Answer(query_id=look, complete=True, bindings=self.records()) for look in looks]
                self.do(None, record_answers, SHOP, answers=answers, now=self.now, policy=POLICY)

    def the_number_may_leave_its_holder(self, _crash: str | None, data: st.DataObject) -> None:
        """Let the carrier disconnect it, now and then."""
        if data.draw(st.integers(0, 3)) == 0:
            self.the_number_leaves_its_holder()

    def the_number_leaves_its_holder(self) -> None:
        """Let the carrier disconnect it."""
        self.change(ChangeKind.DISCONNECTED)
        self.held, self.ended_at = False, self.now

    def the_number_comes_to_another_holder(self, _crash: object = None, _data: object = None) -> None:
        """Let it rest long enough, and assign it."""
        self.now += AGING
        self.change(ChangeKind.ASSIGNED)
        self.held, self.proof, self.began = True, None, self.now

    def change(self, kind: ChangeKind) -> None:
        """Report a change that has just happened."""
        said = Change(number=NUMBER, kind=kind, at=instant(self.now), holder=f"holder at {self.now}")
        self.now += timedelta(seconds=1)
        verdicts = load_changes(self.database, CARRIER, changes=[said], now=self.now, policy=POLICY)
        assert verdicts[0].refusal is None

    def the_worker_sweeps_and_seals(self, crash: str | None, _data: object = None) -> None:
        """Let the hub look after itself."""
        self.do(crash, sweep, now=self.now, policy=POLICY)
        self.do(crash, seal_journal, now=self.now, sign=SEALER.seal)


ALWAYS = [
    Walk.time_passes, Walk.the_platform_polls, Walk.the_platform_says_what_came_of_an_order,
    Walk.the_platform_answers_a_question, Walk.the_worker_sweeps_and_seals,
    Walk.the_platform_lies_until_people_see_to_it,
]  # fmt: skip
WHILE_HELD = [
    Walk.the_holder_asks, Walk.the_holder_orders, Walk.the_holder_orders, Walk.the_holder_revokes,
    Walk.the_number_may_leave_its_holder,
]  # fmt: skip
WHILE_LEFT = [Walk.the_number_comes_to_another_holder]


def _cut(_connection: Connection) -> None:
    raise Crash
