"""What may be ordered about whose record, and until when its platform has to act."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given

from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.calendar import Calendar
from jiebang.domain.errors import BindingNotOffered, NotCertain, NotClosable, NotYourAccount
from jiebang.domain.ground import Ground, check_rights, insist, place, remind_at
from jiebang.domain.order import Order, State
from jiebang.domain.span import Span
from jiebang.domain.tenure import Tenure
from tests.build import BEIJING, BINDING, NOW, ORDER, POLICY, PROOF
from tests.chance import chance, closed_spans, spans

CHINA = Calendar(country="CN", zone=BEIJING)

CANS = [frozenset(), frozenset({OrderKind.UNBIND}), frozenset({OrderKind.DEREGISTER}), frozenset(OrderKind)]
RIGHTS = list(product(OrderKind, Origin, RecordKind, CANS))


def placed(kind: OrderKind, origin: Origin, record: RecordKind, can: frozenset[OrderKind]) -> Order:
    """Place an order on such a record."""
    ground = Ground(platform_id="par_shop", calendar=CHINA, origin=origin, proof=PROOF)
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
    ("kind", "origin", "leave_at", "object_until", "due"),
    [
        (OrderKind.UNBIND, Origin.OWN, "2026-11-24T14:30", None, "2026-12-02"),
        (OrderKind.UNBIND, Origin.INHERITED, "2026-11-24T14:30", None, "2026-12-02"),
        (OrderKind.UNBIND, Origin.UNCERTAIN, "2026-11-24T14:30", "2026-12-01T14:30", "2026-12-09"),
        (OrderKind.DEREGISTER, Origin.OWN, "2026-11-27T14:30", None, "2026-12-19"),
    ],
)
def test_working_days_are_counted_from_when_the_platform_can_begin(
    kind: OrderKind, origin: Origin, leave_at: str, object_until: str | None, due: str
) -> None:
    order = placed(kind, origin, RecordKind.ACCOUNT, CANS[3])
    assert order.leave_at == beijing(leave_at)
    assert order.object_until == (object_until and beijing(object_until))
    assert order.due == beijing(due)


def beijing(text: str) -> datetime:
    """An instant by the clocks of China."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def test_an_order_remembers_what_it_rests_on() -> None:
    order = placed(OrderKind.UNBIND, Origin.INHERITED, RecordKind.ACCOUNT, CANS[3])
    due = beijing("2026-12-02")
    assert order == replace(ORDER, id="ord_2", proof_id="prf_1", bound=BINDING.bound, due=due)


@pytest.mark.parametrize(
    ("kind", "due"), [(OrderKind.UNBIND, "2026-12-02"), (OrderKind.DEREGISTER, "2026-12-16")]
)
def test_a_platform_is_told_once_more_and_then_people_are(kind: OrderKind, due: str) -> None:
    contradicted = replace(
        ORDER, kind=kind, state=State.CONTRADICTED, placed_at=NOW - timedelta(days=3), due=NOW
    )
    opened = insist(contradicted, NOW, calendar=CHINA, policy=POLICY)
    assert (opened.state, opened.attempt, opened.leave_at) == (State.OPEN, 2, NOW)
    assert opened.due == beijing(due)
    again = opened.fulfil(NOW).look_again(NOW, still_there=True)
    escalated = insist(again, NOW, calendar=CHINA, policy=POLICY)
    assert escalated == replace(again, state=State.ESCALATED)


@pytest.mark.parametrize(("hours", "reminded"), [(72, 48), (24, 0), (6, 0)])
def test_a_holder_is_reminded_before_it_leaves_and_never_before_it_was_placed(
    hours: int, reminded: int
) -> None:
    policy = replace(POLICY, remind_before=timedelta(hours=24))
    told = remind_at(NOW + timedelta(hours=hours), placed_at=NOW, policy=policy)
    assert told == NOW + timedelta(hours=reminded)
