"""What a platform says was done and was not, it is told to do once more; after that, people are told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jiebang.domain.binding import Binding
from jiebang.domain.letter import Event, Letter
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import FalseReceipt, Said
from jiebang.domain.proof import Proof
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.flows.revoke_order import revoke_order
from jiebang.store import mailbox, orders
from jiebang.store.database import Database
from tests.build import BEIJING, BINDING, FINGERPRINT, NOW, POLICY, word
from tests.flows.holder import answered, ordered, place, settle, stored
from tests.memory import SHOP, picture, unchanged

LATER = NOW + timedelta(hours=3)
LATEST = NOW + timedelta(days=2)
TICK = timedelta(microseconds=1)
WANTED = (Event.UNBIND_ORDERED, Event.BINDINGS_ASKED, Event.ORDER_REVOKED)


def letters(database: Database, *events: Event) -> list[Letter]:
    """Take what waits for the shop."""
    with database.write() as connection:
        found = mailbox.waiting(connection, SHOP, events=events or WANTED, now=LATEST + TICK, most=100)
        mailbox.confirm(connection, SHOP, jtis=[letter.jti for letter in found])
    return found


def look(database: Database, *bindings: Binding, now: datetime = NOW, complete: bool = True) -> list[str]:
    """Answer every second look that waits; gives how that was judged."""
    answers = [
        Answer(query_id=letter.said["query_id"], complete=complete, bindings=bindings)
        for letter in letters(database, Event.BINDINGS_ASKED)
    ]
    verdicts = record_answers(database, SHOP, answers=answers, now=now, policy=POLICY)
    return [verdict.fate.value for verdict in verdicts]


def lied_to(database: Database) -> tuple[Proof, Order]:
    """An order that was said to be done, and was not."""
    proof, [order] = ordered(database)
    letters(database)
    settle(database, order.id)
    assert look(database, BINDING, now=LATER) == ["recorded"]
    return proof, order


def steps(database: Database, order: Order) -> list[State]:
    """What the order has been through."""
    with database.read() as connection:
        return [step.state for step in orders.timelines(connection, [order.id])[order.id]]


def test_a_platform_that_lies_is_told_once_more_by_a_letter_of_its_own(database: Database) -> None:
    _, order = lied_to(database)
    assert steps(database, order) == [State.OPEN, State.FULFILLED, State.CONTRADICTED, State.OPEN]
    due = datetime(2026, 12, 2, tzinfo=BEIJING)
    assert stored(database, order) == replace(order, attempt=2, leave_at=LATER, due=due)
    [letter] = letters(database)
    assert (letter.event, letter.said["order_id"], letter.said["attempt"], letter.said["due"]) == (
        Event.UNBIND_ORDERED, order.id, 2, "2026-12-01T16:00:00+00:00",
    )  # fmt: skip
    assert (letter.written_at, letter.leave_at) == (LATER, LATER)


def escalated(database: Database) -> tuple[Proof, Order]:
    """An order that was said to be done twice, and was not."""
    proof, order = lied_to(database)
    letters(database)
    assert settle(database, order.id, now=LATEST, attempt=2) == ["recorded"]
    look(database, BINDING, now=LATEST)
    return proof, order


def test_a_platform_that_lies_again_is_told_to_nobody_but_people(database: Database) -> None:
    _, order = escalated(database)
    assert steps(database, order)[3:] == [
        State.OPEN, State.FULFILLED, State.CONTRADICTED, State.ESCALATED,
    ]  # fmt: skip
    assert letters(database) == []
    with database.read() as connection:
        assert orders.escalated(connection) == 1


@pytest.mark.parametrize("what", [Said.ACCEPTED, Said.FULFILLED])
def test_what_was_found_untrue_is_not_looked_at_again_because_it_is_repeated(
    database: Database, what: Said
) -> None:
    _, order = escalated(database)
    with unchanged(database):
        assert settle(database, order.id, said=what, now=LATEST, attempt=2) == ["already"]


@pytest.mark.parametrize(
    ("there", "ends"), [((), [State.VERIFIED]), ((BINDING,), [State.CONTRADICTED, State.ESCALATED])]
)
def test_a_platform_that_says_once_more_that_it_is_done_is_looked_at_once_more(
    database: Database, there: tuple[Binding, ...], ends: list[State]
) -> None:
    _, order = escalated(database)
    assert settle(database, order.id, now=LATEST + TICK, attempt=2) == ["recorded"]
    look(database, *there, now=LATEST + TICK)
    assert steps(database, order)[6:] == [State.ESCALATED, State.FULFILLED, *ends]
    assert stored(database, order).attempt == 2
    assert letters(database) == []
    with database.read() as connection:
        assert orders.escalated(connection) == len(there)


def test_a_platform_can_deny_what_people_see_to(database: Database) -> None:
    _, order = escalated(database)
    assert settle(database, order.id, said=Said.DENIED, now=LATEST, attempt=2) == ["recorded"]
    assert stored(database, order).state is State.DENIED


@pytest.mark.parametrize("what", [Said.FULFILLED, Said.DENIED])
def test_what_ends_an_escalated_order_is_signed_for_its_last_letter(database: Database, what: Said) -> None:
    _, order = escalated(database)
    first = replace(word(order.id, what, at=LATEST + TICK), attempt=2)
    with unchanged(database, but="journal"):
        [verdict] = record_outcomes(
            database, SHOP, outcomes=[first], fingerprint=FINGERPRINT, now=LATEST + TICK, policy=POLICY
        )
    assert isinstance(verdict.refusal, FalseReceipt)


def test_a_holder_can_take_back_what_people_see_to(database: Database) -> None:
    proof, order = escalated(database)
    revoke_order(database, replace(proof, proven_at=LATEST), order_id=order.id, now=LATEST, policy=POLICY)
    assert stored(database, order).state is State.REVOKED
    assert [letter.event for letter in letters(database)] == [Event.ORDER_REVOKED]


def test_a_platform_that_does_it_the_second_time_is_believed(database: Database) -> None:
    _, order = lied_to(database)
    settle(database, order.id, now=LATEST, attempt=2)
    look(database, now=LATEST)
    assert stored(database, order).state is State.VERIFIED
    with database.read() as connection:
        assert orders.escalated(connection) == 0


@pytest.mark.parametrize("what", Said)
def test_what_was_said_of_the_first_time_does_not_settle_the_second(database: Database, what: Said) -> None:
    _, order = lied_to(database)
    with unchanged(database):
        assert settle(database, order.id, said=what, now=LATER, attempt=1) == ["already"]
    assert settle(database, order.id, said=what, now=LATER, attempt=2) == ["recorded"]
    assert stored(database, order).state is not State.OPEN


def test_a_receipt_for_the_first_letter_does_not_settle_the_second(database: Database) -> None:
    _, order = lied_to(database)
    again = replace(word(order.id), attempt=2)
    [verdict] = record_outcomes(
        database, SHOP, outcomes=[again], fingerprint=FINGERPRINT, now=LATER, policy=POLICY
    )
    assert (verdict.fate.value, stored(database, order).state) == ("refused", State.OPEN)


def test_the_rest_of_a_look_that_is_over_says_nothing_of_the_next(database: Database) -> None:
    _, [order] = ordered(database)
    letters(database)
    settle(database, order.id)
    [asked] = letters(database, Event.BINDINGS_ASKED)
    part = Answer(query_id=asked.said["query_id"], complete=False, bindings=(BINDING,))
    record_answers(database, SHOP, answers=[part], now=NOW, policy=POLICY)
    settle(database, order.id, now=LATER, attempt=2)
    with unchanged(database):
        record_answers(database, SHOP, answers=[part], now=LATER, policy=POLICY)
    assert (stored(database, order).state, stored(database, order).attempt) == (State.FULFILLED, 2)


def test_an_order_that_was_opened_again_can_be_taken_back(database: Database) -> None:
    proof, order = lied_to(database)
    revoke_order(database, replace(proof, proven_at=LATER), order_id=order.id, now=LATER, policy=POLICY)
    assert stored(database, order).state is State.REVOKED
    [letter] = letters(database)
    assert letter.said == {"order_id": order.id, "attempt": 2}


def test_an_order_with_a_successor_is_not_opened_again(database: Database) -> None:
    proof, [order] = ordered(database)
    settle(database, order.id)
    [new] = place(database, proof, *answered(database, proof))
    letters(database, Event.UNBIND_ORDERED)
    look(database, BINDING)
    assert (stored(database, order).state, stored(database, new).state) == (State.CONTRADICTED, State.OPEN)
    assert letters(database) == []


def test_of_two_orders_about_one_record_the_newer_is_opened_again(database: Database) -> None:
    proof, [older] = ordered(database)
    settle(database, older.id)
    later = replace(proof, proven_at=LATER)
    [newer] = place(database, later, *answered(database, proof), now=LATER)
    settle(database, newer.id, now=LATER)
    assert set(look(database, BINDING, now=LATER)) == {"recorded", "already"}
    states = stored(database, older).state, stored(database, newer).state
    assert states == (State.CONTRADICTED, State.OPEN)
    assert len([row for row in picture(database)["orders"] if '"attempt": 2' in row]) == 1
