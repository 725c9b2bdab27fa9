"""An order is overdue at once; its platform is reminded once, and what it does late counts all the same."""

from datetime import datetime, timedelta

import pytest

from jiebang.domain.errors import OrderMoved
from jiebang.domain.letter import Event, Letter
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Said
from jiebang.domain.query import Standing
from jiebang.flows.sweep import sweep
from jiebang.store import mailbox, orders, queries
from jiebang.store.database import Database
from tests.build import BEIJING, NOW, POLICY
from tests.flows.holder import asked, ordered, proven, settle, stored
from tests.memory import SHOP, SOCIAL, together, unchanged

TICK = timedelta(microseconds=1)


def reminders(database: Database, now: datetime) -> list[Letter]:
    """Read the reminders that wait for the shop."""
    with database.read() as connection:
        return mailbox.waiting(connection, SHOP, events=[Event.ORDER_OVERDUE], now=now, most=100)


def test_a_deadline_is_the_end_of_the_fifth_day_that_the_platform_works(database: Database) -> None:
    _, [order] = ordered(database)
    assert order.due == datetime(2026, 12, 2, tzinfo=BEIJING)
    assert (order.state_at(order.due - TICK), order.state_at(order.due)) == (State.OPEN, State.EXPIRED)


@pytest.mark.parametrize("accepted", [False, True])
def test_a_platform_is_reminded_when_its_time_is_up_and_only_once(
    database: Database, *, accepted: bool
) -> None:
    _, [order] = ordered(database)
    if accepted:
        settle(database, order.id, said=Said.ACCEPTED)
    sweep(database, now=order.due - TICK, policy=POLICY)
    assert reminders(database, order.due) == []
    sweep(database, now=order.due, policy=POLICY)
    sweep(database, now=order.due + timedelta(days=1), policy=POLICY)
    [letter] = reminders(database, order.due)
    assert (letter.said["order_id"], letter.said["handle"], letter.said["order"]) == (
        order.id, order.handle, "unbind",
    )  # fmt: skip


def test_those_who_sweep_at_the_same_moment_remind_once(database: Database) -> None:
    _, [order] = ordered(database)
    came_of_it = together(*[lambda: sweep(database, now=order.due, policy=POLICY)] * 3)
    assert {type(one) for one in came_of_it} <= {type(None), OrderMoved}
    assert len(reminders(database, order.due)) == 1


@pytest.mark.parametrize("said", [Said.FULFILLED, Said.DENIED])
def test_what_is_settled_in_time_is_not_reminded_of(database: Database, said: Said) -> None:
    _, [order] = ordered(database)
    settle(database, order.id, said=said, now=order.due - TICK)
    sweep(database, now=order.due, policy=POLICY)
    assert reminders(database, order.due) == []


def test_a_platform_that_asks_whether_an_overdue_order_stands_hears_that_it_does(database: Database) -> None:
    _, [order] = ordered(database)
    for swept in (False, True):
        if swept:
            sweep(database, now=order.due, policy=POLICY)
        with unchanged(database):
            assert settle(database, order.id, said=Said.ACCEPTED, now=order.due) == ["already"]


def states(database: Database, order: Order) -> list[State]:
    """What the order has been through."""
    with database.read() as connection:
        return [step.state for step in orders.timelines(connection, [order.id])[order.id]]


def test_a_platform_that_never_answers(database: Database) -> None:
    _, [order] = ordered(database)
    query = asked(database, proven(database), SHOP, SOCIAL)
    with database.read() as connection:
        shop, social = sorted(queries.asked(connection, query.id), key=lambda one: one.platform_id)
    hours = [
        [
            one.standing_at(NOW + timedelta(hours=after), asked_at=NOW, policy=POLICY)
            for after in (1, 3, 5, 48)
        ]
        for one in (shop, social)
    ]
    # Half past two in Beijing, and half past six where it is not known where the platform is.
    assert hours[0] == [Standing.WAITING, Standing.SLOW, Standing.SLOW, Standing.SILENT]
    assert hours[1] == [Standing.WAITING, Standing.WAITING, Standing.SLOW, Standing.SILENT]
    sweep(database, now=order.due, policy=POLICY)
    late = order.due + timedelta(days=30)
    assert settle(database, order.id, now=late) == ["recorded"]
    assert states(database, order) == [State.OPEN, State.EXPIRED, State.FULFILLED]
    sweep(database, now=late, policy=POLICY)
    assert stored(database, order).state is State.FULFILLED
    assert len(reminders(database, late)) == 1
