"""Through no door of the flows is an account closed that may be somebody else's."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.domain.binding import OrderKind, RecordKind
from jiebang.domain.errors import BindingNotOffered, NotAllowed
from jiebang.domain.proof import Proof
from jiebang.domain.sim import NOBODY
from jiebang.domain.span import Span
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.store.database import Database
from tests.build import BINDING, BOTH, NOW, NUMBER, POLICY, on
from tests.chance import spans
from tests.flows.holder import answered, known, ordered, place, proven
from tests.memory import picture, unchanged


@pytest.fixture
def holder(database: Database) -> Proof:
    """Prove a number whose history is known."""
    known(database)
    return proven(database)


SINCE = on(2026, 3, 2)
assert SINCE.not_after is not None


@settings(max_examples=25)
@given(
    bound=spans(), record=st.sampled_from(RecordKind), kind=st.sampled_from(OrderKind),
    can=st.sets(st.sampled_from(OrderKind)),
)  # fmt: skip
def test_through_no_door_is_an_account_closed_that_may_be_anothers(
    database: Database,
    holder: Proof,
    *,
    bound: Span,
    record: RecordKind,
    kind: OrderKind,
    can: set[OrderKind],
) -> None:
    handle = f"h{len(picture(database)['queries'])}"
    told = replace(BINDING, handle=handle, bound=bound, kind=record, can=frozenset(can))
    found = answered(database, holder, told)
    own = bound.not_before is not None and bound.not_before >= (SINCE.not_after or NOW)
    rightful = kind is OrderKind.UNBIND or (own and record is RecordKind.ACCOUNT)
    if rightful and kind in can:
        [order] = place(database, holder, *found, kind=kind)
        assert order.kind is kind
    else:
        with unchanged(database), pytest.raises((NotAllowed, BindingNotOffered)):
            place(database, holder, *found, kind=kind)


def test_a_live_order_to_unbind_is_no_way_to_close(database: Database) -> None:
    proof, [order] = ordered(database)
    found = answered(database, proof, replace(BINDING, can=BOTH))
    with unchanged(database):
        assert place_orders(
            database,
            proof,
            wanted=[Wanted(found[0].id, OrderKind.DEREGISTER)],
            now=NOW,
            policy=POLICY,
            sim=NOBODY,
        ) == [order]
    assert order.kind is OrderKind.UNBIND
    assert order.number == NUMBER
