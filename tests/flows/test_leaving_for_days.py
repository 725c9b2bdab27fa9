"""A leaver's list outlives the answers that it began with: what was ordered stays on it until it is done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import Binding, OrderKind
from jiebang.domain.leaving import Checklist, NotFinished, Stand, Urgency
from jiebang.domain.order import Order, State
from jiebang.domain.proof import Proof
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.revoke_order import revoke_order
from jiebang.flows.see_checklist import see_checklist
from jiebang.flows.state_nothing_left import state_nothing_left
from jiebang.flows.sweep import sweep
from jiebang.store import queries
from jiebang.store.database import Database
from jiebang.store.queries import Found
from tests.build import BINDING, NOW, POLICY, on
from tests.flows.holder import answered, known, place, proven, settle, stored
from tests.memory import SHOP, SOCIAL

SECRET = b"numbers"
OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
LATER = NOW + POLICY.answers_kept + timedelta(minutes=1)
"""When the answers of today are erased, and a closing of today leaves the hub."""


def ordered(database: Database, told: Binding = OWN, kind: OrderKind = OrderKind.DEREGISTER) -> Order:
    """Order something about the one record that the shop has, and wait until its answer is erased."""
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, told), kind=kind)
    sweep(database, now=LATER, policy=POLICY)
    return order


def ask(database: Database, proof: Proof, *told: Binding, by: str = SOCIAL) -> list[Found]:
    """Ask a platform later on, and let it answer."""
    query = ask_platforms(database, proof, platform_ids=[by], now=LATER, policy=POLICY)
    answer = Answer(query_id=query.id, complete=True, bindings=told)
    record_answers(database, by, answers=[answer], now=LATER, policy=POLICY)
    with database.read() as connection:
        return queries.found(connection, query.id)


def done(database: Database, order: Order) -> None:
    """Let the shop say that an order is done."""
    assert settle(database, order.id, now=LATER, attempt=stored(database, order).attempt) == ["recorded"]


def look(database: Database, order: Order, *told: Binding) -> None:
    """Let the shop answer the second look at an order."""
    with database.read() as connection:
        [query_id] = queries.second_looks(connection, order.number)
    answer = Answer(query_id=query_id, complete=True, bindings=told)
    record_answers(database, SHOP, answers=[answer], now=LATER, policy=POLICY)


def see(database: Database, proof: Proof) -> Checklist:
    """Look at the list later on."""
    return see_checklist(database, proof, now=LATER, policy=POLICY, secret=SECRET).checklist


def stands(database: Database, proof: Proof) -> list[Stand]:
    """How each item stands."""
    return [item.stand for item in see(database, proof).items]


def refused(database: Database, proof: Proof) -> None:
    """Hold that it cannot be said that nothing is left."""
    assert not see(database, proof).finished
    with pytest.raises(NotFinished):
        state_nothing_left(database, proof, now=LATER, policy=POLICY, secret=SECRET)


def test_nothing_is_finished_while_a_closing_is_open_whose_answer_is_erased(database: Database) -> None:
    ordered(database)
    late = proven(database, now=LATER)
    ask(database, late)
    [item] = see(database, late).items
    assert (item.stand, item.label, item.named, item.urgency) == (Stand.ORDERED, OWN.label, None, None)
    refused(database, late)


def test_what_was_closed_after_its_answer_was_erased_counts_as_done(database: Database) -> None:
    order = ordered(database)
    late = proven(database, now=LATER)
    done(database, order)
    assert stands(database, late) == [Stand.FREED]
    ask(database, late, by=SHOP)
    said = state_nothing_left(database, late, now=LATER, policy=POLICY, secret=SECRET)
    assert (said.asked, said.freed, said.moved, said.kept) == (1, 1, 0, 0)


def test_what_was_done_and_is_there_again_is_to_be_decided(database: Database) -> None:
    order = ordered(database)
    late = proven(database, now=LATER)
    done(database, order)
    look(database, order)
    ask(database, late, OWN, by=SHOP)
    [item] = see(database, late).items
    assert (item.stand, item.urgency) == (Stand.UNDECIDED, Urgency.DAILY)


def test_what_was_taken_back_is_undecided_until_its_platform_does_not_name_it_any_more(
    database: Database,
) -> None:
    order = ordered(database)
    late = proven(database, now=LATER)
    revoke_order(database, late, order_id=order.id, now=LATER, policy=POLICY)
    ask(database, late)
    assert stands(database, late) == [Stand.UNDECIDED]
    refused(database, late)
    ask(database, late, by=SHOP)
    assert (stands(database, late), see(database, late).finished) == ([], True)


def test_a_lie_leaves_a_record_ordered_and_not_done(database: Database) -> None:
    order = ordered(database)
    late = proven(database, now=LATER)
    ask(database, late)
    for _ in range(POLICY.attempts):
        done(database, order)
        look(database, order, OWN)
    assert stored(database, order).state is State.ESCALATED
    assert stands(database, late) == [Stand.ORDERED]
    refused(database, late)


def test_an_order_about_what_an_earlier_holder_left_is_not_on_the_list_and_is_waited_for(
    database: Database,
) -> None:
    order = ordered(database, BINDING, OrderKind.UNBIND)
    late = proven(database, now=LATER)
    ask(database, late)
    assert (stands(database, late), see(database, late).open_orders) == ([], 1)
    refused(database, late)
    done(database, order)
    assert see(database, late).finished


def test_an_order_that_was_opened_again_stands_before_a_newer_one_that_was_taken_back(
    database: Database,
) -> None:
    first = ordered(database)
    late = proven(database, now=LATER)
    done(database, first)
    [second] = place(database, late, *ask(database, late, OWN, by=SHOP), now=LATER)
    revoke_order(database, late, order_id=second.id, now=LATER, policy=POLICY)
    assert stands(database, late) == [Stand.UNDECIDED]
    look(database, first, OWN)
    assert stands(database, late) == [Stand.ORDERED]
    refused(database, late)
