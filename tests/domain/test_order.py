"""An order moves as the table of moves says, and in its time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import product

import pytest

from jiebang.domain.errors import OrderEnded
from jiebang.domain.order import LIVE, MOVES, Denial, Order, State, Verb
from tests.build import NOW, ORDER

TICK = timedelta(microseconds=1)
CALLED = [verb for verb in Verb if verb is not Verb.EXPIRE]
"""What somebody does to an order, in the same turn in every process that runs these."""
LATER = NOW + timedelta(days=9)
ENDED = [State.VERIFIED, State.DENIED, State.REVOKED]


DOINGS: dict[Verb, Callable[[Order, datetime], Order]] = {
    Verb.ACCEPT: Order.accept,
    Verb.FULFIL: Order.fulfil,
    Verb.DENY: partial(Order.deny, reason=Denial.LEGAL_HOLD, words="a court's order"),
    Verb.REVOKE: Order.revoke,
    Verb.LAPSE: Order.lapse,
    Verb.EXPIRE: Order.expire,
    Verb.VERIFY: partial(Order.look_again, still_there=False),
    Verb.CONTRADICT: partial(Order.look_again, still_there=True),
    Verb.REOPEN: partial(Order.reopen, due=LATER),
    Verb.ESCALATE: Order.escalate,
}


def moved(order: Order, verb: Verb, now: datetime) -> Order:
    """Do what the verb says."""
    return DOINGS[verb](order, now)


@pytest.mark.parametrize(("state", "verb"), list(product(State, CALLED)))
def test_every_verb_does_in_every_state_what_the_table_says(state: State, verb: Verb) -> None:
    order = replace(ORDER, state=state)
    if (state, verb) in MOVES:
        assert moved(order, verb, NOW).state is MOVES[state, verb]
    else:
        with pytest.raises(OrderEnded):
            moved(order, verb, NOW)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("since_due", "over"), [(-TICK, False), (timedelta(0), True), (TICK, True)])
def test_an_order_expires_the_instant_it_is_due(state: State, since_due: timedelta, *, over: bool) -> None:
    order, now = replace(ORDER, state=state), ORDER.due + since_due
    wanted = MOVES.get((state, Verb.EXPIRE), state) if over else state
    assert order.state_at(now) is wanted
    assert order.expire(now) == replace(order, state=wanted)


@pytest.mark.parametrize(("state", "verb"), list(product(LIVE, CALLED)))
def test_an_overdue_order_is_expired_whether_or_not_a_sweep_has_run(state: State, verb: Verb) -> None:
    unswept, swept = replace(ORDER, state=state), replace(ORDER, state=State.EXPIRED)
    if (State.EXPIRED, verb) in MOVES:
        assert moved(unswept, verb, ORDER.due) == moved(swept, verb, ORDER.due)
    else:
        with pytest.raises(OrderEnded):
            moved(unswept, verb, ORDER.due)


@pytest.mark.parametrize("state", LIVE)
def test_what_is_done_late_is_told_as_done(state: State) -> None:
    late = replace(ORDER, state=state).fulfil(ORDER.due + timedelta(days=30))
    assert late.state is State.FULFILLED


def test_nothing_follows_an_end() -> None:
    assert {state for state, _ in MOVES}.isdisjoint(ENDED)
    assert {state for state, _ in MOVES} | set(ENDED) == set(State)


def test_a_denial_keeps_its_reason_and_nothing_else_changes() -> None:
    denied = ORDER.deny(NOW, reason=Denial.LAST_LOGIN, words="set a password first")
    assert denied == replace(
        ORDER, state=State.DENIED, reason=Denial.LAST_LOGIN, words="set a password first"
    )


def test_an_order_that_is_opened_again_is_the_same_with_a_new_deadline() -> None:
    contradicted = replace(ORDER, state=State.CONTRADICTED, object_until=NOW - TICK)
    opened = contradicted.reopen(NOW, due=LATER)
    assert opened == replace(contradicted, state=State.OPEN, attempt=2, leave_at=NOW, due=LATER)
    assert opened.state_at(LATER - TICK) is State.OPEN
    assert opened.state_at(LATER) is State.EXPIRED
