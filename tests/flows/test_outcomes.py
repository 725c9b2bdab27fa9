"""A platform says what became of orders, in batches, each judged on its own and once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.letter import Event
from jiebang.domain.order import Denial, Order, State
from jiebang.domain.outcome import Outcome, Said
from jiebang.domain.span import Span
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.flows.revoke_order import revoke_order
from jiebang.store import journal, orders
from jiebang.store.database import Database
from tests.build import BINDING, FINGERPRINT, NOW, POLICY, on, word
from tests.flows.holder import answered, known, ordered, place, proven, settle, stored
from tests.memory import SOCIAL, picture, together, unchanged

OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
UNCERTAIN = replace(BINDING, bound=Span(None, NOW), bound_source=BoundSource.UNKNOWN)
EARLIER = NOW - timedelta(minutes=9)
ACCEPTED, FULFILLED, DENIED = Said


def report(database: Database, *outcomes: Outcome) -> list[str]:
    """Report outcomes in one batch; gives how each was judged, and why it was refused."""
    verdicts = record_outcomes(
        database, "par_shop", outcomes=outcomes, fingerprint=FINGERPRINT, now=NOW, policy=POLICY
    )
    return [one.refusal.code if one.refusal else one.fate.value for one in verdicts]


def said(order: Order, what: Said) -> Outcome:
    """What the platform says of an order, by its own clock."""
    return word(order.id, what, at=EARLIER)


def states(database: Database, order: Order) -> list[State]:
    """Read the steps of an order."""
    with database.read() as connection:
        return [step.state for step in orders.timelines(connection, [order.id])[order.id]]


@pytest.mark.parametrize(
    ("what", "state"),
    [(ACCEPTED, State.IN_PROGRESS), (FULFILLED, State.FULFILLED), (DENIED, State.DENIED)],
)
def test_an_outcome_moves_its_order_and_keeps_the_platforms_time(
    database: Database, what: Said, state: State
) -> None:
    _, [order] = ordered(database)
    assert report(database, said(order, what)) == ["recorded"]
    assert stored(database, order).state is state
    with database.read() as connection:
        step = orders.timelines(connection, [order.id])[order.id][-1]
    assert (step.state, step.at, step.said_at) == (state, NOW, EARLIER)


@pytest.mark.parametrize("what", Said)
def test_the_same_outcome_again_changes_nothing(database: Database, what: Said) -> None:
    _, [order] = ordered(database)
    report(database, said(order, what))
    with unchanged(database):
        assert report(database, said(order, what), said(order, what)) == ["already"] * 2


@pytest.mark.parametrize(
    ("first", "second", "judged"),
    [
        (ACCEPTED, FULFILLED, "recorded"),
        (ACCEPTED, DENIED, "recorded"),
        (FULFILLED, ACCEPTED, "already"),
        (FULFILLED, DENIED, "order_ended"),
        (DENIED, ACCEPTED, "order_ended"),
        (DENIED, FULFILLED, "order_ended"),
    ],
)
@pytest.mark.parametrize("batches", [1, 2])
def test_what_follows_is_judged_alike_in_one_batch_and_in_two(
    database: Database, first: Said, second: Said, judged: str, batches: int
) -> None:
    _, [order] = ordered(database)
    outcomes = [said(order, first), said(order, second)]
    split = [outcomes] if batches == 1 else [[one] for one in outcomes]
    assert [one for batch in split for one in report(database, *batch)] == ["recorded", judged]
    last = second if judged == "recorded" else first
    wanted = {ACCEPTED: State.IN_PROGRESS, FULFILLED: State.FULFILLED, DENIED: State.DENIED}
    assert stored(database, order).state is wanted[last]


def test_every_step_is_kept_even_when_two_come_in_one_batch(database: Database) -> None:
    _, [order] = ordered(database)
    report(database, said(order, ACCEPTED), said(order, FULFILLED))
    assert states(database, order) == [State.OPEN, State.IN_PROGRESS, State.FULFILLED]


def test_each_outcome_of_a_batch_is_judged_on_its_own(database: Database) -> None:
    _, placed = ordered(database, *(replace(BINDING, handle=name) for name in "abc"))
    report(database, said(placed[1], DENIED))
    batch = [said(placed[0], FULFILLED), said(placed[1], FULFILLED), said(placed[2], ACCEPTED)]
    unheard = word("ord_none")
    assert report(database, unheard, *batch) == ["unknown_order", "recorded", "order_ended", "recorded"]
    with unchanged(database):
        assert report(database, unheard, *batch) == ["unknown_order", "already", "order_ended", "already"]


@pytest.mark.parametrize("what", Said)
def test_nobody_settles_anothers_order(database: Database, what: Said) -> None:
    _, [order] = ordered(database)
    with unchanged(database):
        assert settle(database, order.id, said=what, by=SOCIAL) == ["unknown_order"]


@pytest.mark.parametrize("what", Said)
def test_what_was_taken_back_stays_so(database: Database, what: Said) -> None:
    proof, [order] = ordered(database)
    revoke_order(database, proof, order_id=order.id, now=NOW, policy=POLICY)
    with unchanged(database):
        assert settle(database, order.id, said=what) == ["order_ended"]


def test_a_denial_keeps_its_reason_and_words(database: Database) -> None:
    _, [one, other] = ordered(database, BINDING, replace(BINDING, handle="b"))
    report(
        database, replace(said(one, DENIED), reason=Denial.LAST_LOGIN, words="先设密码"), said(other, DENIED)
    )
    denied, bare = stored(database, one), stored(database, other)
    assert (denied.reason, denied.words) == (Denial.LAST_LOGIN, "先设密码")
    assert (bare.reason, bare.words) == (Denial.OTHER, None)


@pytest.mark.parametrize(
    ("what", "judged"), [(ACCEPTED, "already"), (FULFILLED, "recorded"), (DENIED, "recorded")]
)
def test_after_the_deadline_what_was_done_still_counts(database: Database, what: Said, judged: str) -> None:
    _, [order] = ordered(database)
    assert settle(database, order.id, said=what, now=order.due) == [judged]


def test_what_is_fulfilled_is_looked_at_again_and_nothing_else_is(database: Database) -> None:
    _, placed = ordered(database, *(replace(BINDING, handle=name) for name in "abc"))
    report(database, *map(said, placed, Said))
    looks = [row for row in picture(database)["queries"] if "ord_" in row]
    asks = [row for row in picture(database)["letters"] if Event.BINDINGS_ASKED in row]
    assert len(looks) == 1
    assert placed[1].id in looks[0]
    assert len([row for row in asks if looks[0].split('"id": "')[1].split('"')[0] in row]) == 1


def test_a_closed_account_is_looked_at_again_too(database: Database) -> None:
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, OWN), kind=OrderKind.DEREGISTER)
    settle(database, order.id)
    assert len([row for row in picture(database)["queries"] if order.id in row]) == 1


@pytest.mark.parametrize(
    ("what", "before", "noted"),
    [
        (FULFILLED, timedelta(microseconds=1), True),
        (FULFILLED, timedelta(0), False),
        (ACCEPTED, POLICY.objection, False),
        (DENIED, POLICY.objection, False),
    ],
)
def test_what_is_done_before_its_owner_could_object_no_more_is_recorded_and_noted(
    database: Database, what: Said, before: timedelta, *, noted: bool
) -> None:
    _, [order] = ordered(database, UNCERTAIN)
    assert order.object_until is not None
    assert settle(database, order.id, said=what, now=order.object_until - before) == ["recorded"]
    with database.read() as connection:
        steps = orders.timelines(connection, [order.id])[order.id]
        entry = journal.of_orders(connection, [order.id])[order.id][-1]
    assert [step.early for step in steps] == [False, noted]
    assert ("early" in entry.said) is noted


def test_the_same_outcome_at_the_same_moment_counts_once(database: Database) -> None:
    _, [order] = ordered(database)
    came_of_it = together(*[lambda: settle(database, order.id)] * 3)
    assert sorted(map(str, came_of_it)) == ["['already']", "['already']", "['recorded']"]
    assert states(database, order) == [State.OPEN, State.FULFILLED]
    assert len([row for row in picture(database)["queries"] if order.id in row]) == 1
