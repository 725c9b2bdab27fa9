"""An order moves as the table of moves says, in its time, and allows what the table of rights allows."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given

from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.errors import BindingNotOffered, NotCertain, NotClosable, NotYourAccount, OrderEnded
from jiebang.domain.order import LIVE, MOVES, Denial, Ground, Order, State, Verb, check_rights, place
from jiebang.domain.span import Span
from jiebang.domain.tenure import Tenure
from tests.build import BINDING, NOW, ORDER, POLICY, PROOF
from tests.chance import chance, closed_spans, spans

TICK = timedelta(microseconds=1)
CALLED = [verb for verb in Verb if verb is not Verb.EXPIRE]
"""What somebody does to an order, in the same turn in every process that runs these."""
ENDED = [State.VERIFIED, State.CONTRADICTED, State.DENIED, State.REVOKED]


def moved(order: Order, verb: Verb, now: datetime) -> Order:
    """Do what the verb says."""
    match verb:
        case Verb.ACCEPT:
            return order.accept(now)
        case Verb.FULFIL:
            return order.fulfil(now)
        case Verb.DENY:
            return order.deny(now, reason=Denial.LEGAL_HOLD, words="a court's order")
        case Verb.REVOKE:
            return order.revoke(now)
        case Verb.VERIFY | Verb.CONTRADICT:
            return order.look_again(now, still_there=verb is Verb.CONTRADICT)
        case Verb.EXPIRE:
            return order.expire(now)


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


CANS = [frozenset(), frozenset({OrderKind.UNBIND}), frozenset({OrderKind.DEREGISTER}), frozenset(OrderKind)]
RIGHTS = list(product(OrderKind, Origin, RecordKind, CANS))


def placed(kind: OrderKind, origin: Origin, record: RecordKind, can: frozenset[OrderKind]) -> Order:
    """Place an order on such a record."""
    ground = Ground(platform_id="par_shop", origin=origin, proof=PROOF)
    record_of = replace(BINDING, kind=record, can=can)
    return place(kind, record_of, order_id="ord_2", ground=ground, now=NOW, policy=POLICY)


@pytest.mark.parametrize(("kind", "origin", "record", "can"), RIGHTS)
def test_only_ones_own_account_can_be_deregistered_and_anything_unbound(
    kind: OrderKind, origin: Origin, record: RecordKind, can: frozenset[OrderKind]
) -> None:
    closable = record is RecordKind.ACCOUNT and origin is Origin.OWN
    if kind in can and (kind is OrderKind.UNBIND or closable):
        order = placed(kind, origin, record, can)
        assert (order.kind, order.origin, order.record_kind, order.state) == (
            kind,
            origin,
            record,
            State.OPEN,
        )
    else:
        with pytest.raises((NotClosable, NotYourAccount, NotCertain, BindingNotOffered)):
            placed(kind, origin, record, can)


@chance
@given(bound=spans(), since=closed_spans())
def test_whatever_the_dates_no_account_that_may_be_anothers_is_closed(bound: Span, since: Span) -> None:
    binding = replace(BINDING, bound=bound)
    origin = binding.origin(Tenure(since=since))
    surely_own = bound.not_before is not None and bound.not_before >= (since.not_after or NOW)
    try:
        check_rights(OrderKind.DEREGISTER, origin, binding=binding)
    except (NotYourAccount, NotCertain):
        assert not surely_own
    else:
        assert surely_own


@pytest.mark.parametrize(
    ("origin", "record", "can", "refusal"),
    [
        (Origin.INHERITED, RecordKind.ACCOUNT, CANS[3], NotYourAccount),
        (Origin.UNCERTAIN, RecordKind.ACCOUNT, CANS[3], NotCertain),
        (Origin.OWN, RecordKind.LABEL, CANS[3], NotClosable),
        (Origin.INHERITED, RecordKind.BLOCK, CANS[0], NotClosable),
        (Origin.OWN, RecordKind.ACCOUNT, CANS[1], BindingNotOffered),
    ],
)
def test_a_deregistration_is_refused_for_the_reason_that_counts(
    origin: Origin, record: RecordKind, can: frozenset[OrderKind], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        placed(OrderKind.DEREGISTER, origin, record, can)


@pytest.mark.parametrize(
    ("kind", "origin", "leaves", "objection", "due"),
    [
        (OrderKind.UNBIND, Origin.OWN, 0, None, 7),
        (OrderKind.UNBIND, Origin.INHERITED, 0, None, 7),
        (OrderKind.UNBIND, Origin.UNCERTAIN, 0, 7, 14),
        (OrderKind.DEREGISTER, Origin.OWN, 3, None, 24),
    ],
)
def test_deadlines_begin_when_the_platform_can_begin(
    kind: OrderKind, origin: Origin, leaves: int, objection: int | None, due: int
) -> None:
    order = placed(kind, origin, RecordKind.ACCOUNT, CANS[3])
    days = {"leave_at": order.leave_at, "object_until": order.object_until, "due": order.due}
    assert {name: at and (at - NOW) / timedelta(days=1) for name, at in days.items()} == {
        "leave_at": leaves,
        "object_until": objection,
        "due": due,
    }


def test_an_order_remembers_what_it_rests_on() -> None:
    order = placed(OrderKind.UNBIND, Origin.INHERITED, RecordKind.ACCOUNT, CANS[3])
    assert order == replace(ORDER, id="ord_2", proof_id="prf_1", bound=BINDING.bound)
