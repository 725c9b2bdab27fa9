"""What a leaver goes through comes in the order of what could be done with it, and ends with a statement."""

from dataclasses import replace

import pytest

from jiebang.domain.binding import OrderKind, Origin, RecordClass, RecordKind
from jiebang.domain.choice import Choice
from jiebang.domain.leaving import (
    URGENCY,
    Checklist,
    Item,
    Named,
    NotFinished,
    Stand,
    Urgency,
    in_order,
    stand_of,
)
from jiebang.domain.order import State
from jiebang.domain.party import Party, Role
from tests.build import BINDING, BOTH, NOW, NUMBER

NAMED = Named(binding=BINDING, query_id="qry_1", asked_at=NOW)
ITEM = Item(
    id="bnd_1",
    platform=Party(id="par_shop", role=Role.PLATFORM, name="Shop", jwks={}),
    handle=BINDING.handle,
    kind=BINDING.kind,
    label=BINDING.label,
    named=NAMED,
    origin=Origin.OWN,
    stand=Stand.FREED,
)
LIST = Checklist(items=(ITEM,), asked=3, answered=2, awaited=0)


def of(record_class: RecordClass, kind: RecordKind = RecordKind.ACCOUNT) -> Item:
    """An item of a platform that is for something."""
    binding = replace(BINDING, record_class=record_class, kind=kind)
    return replace(ITEM, kind=kind, named=replace(NAMED, binding=binding))


def left(kind: RecordKind = RecordKind.ACCOUNT) -> Item:
    """An item of which only an order tells."""
    return replace(ITEM, id="ord_1", kind=kind, named=None)


def test_every_class_of_record_has_its_urgency() -> None:
    assert set(URGENCY) == set(RecordClass)


def test_money_comes_first_and_what_is_no_account_last() -> None:
    list_only = of(RecordClass.PAYMENT, RecordKind.SUBSCRIPTION)
    items = [of(one) for one in reversed(RecordClass)]
    ordered = in_order([list_only, *items])
    money = [of(one) for one in (RecordClass.TRADING, RecordClass.LENDING, RecordClass.PAYMENT)]
    assert list(ordered[:3]) == money
    assert ordered[3] == of(RecordClass.SOCIAL)
    assert list_only.urgency is Urgency.REST
    urgencies = [one.urgency for one in ordered if one.urgency]
    assert urgencies == sorted(urgencies, key=list(Urgency).index)


def test_of_an_account_that_only_an_order_tells_of_nobody_guesses_how_urgent_it_is() -> None:
    assert (left().urgency, left(RecordKind.SUBSCRIPTION).urgency) == (None, Urgency.REST)
    assert in_order([left(), ITEM]) == (ITEM, left())
    undecided = replace(left(), stand=Stand.UNDECIDED)
    assert (undecided.choices, undecided.offers(enough=BOTH)) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("state", "choice", "stand"),
    [
        (None, None, Stand.UNDECIDED),
        (None, Choice.MINE, Stand.UNDECIDED),
        (None, Choice.MOVED, Stand.MOVED),
        (None, Choice.KEPT, Stand.KEPT),
        (State.OPEN, Choice.KEPT, Stand.ORDERED),
        (State.IN_PROGRESS, None, Stand.ORDERED),
        (State.CONTRADICTED, Choice.KEPT, Stand.ORDERED),
        (State.ESCALATED, Choice.KEPT, Stand.ORDERED),
        (State.FULFILLED, None, Stand.FREED),
        (State.VERIFIED, Choice.KEPT, Stand.FREED),
        (State.DENIED, None, Stand.UNDECIDED),
        (State.EXPIRED, Choice.MOVED, Stand.MOVED),
        (State.REVOKED, None, Stand.UNDECIDED),
    ],
)
def test_how_a_record_stands_follows_from_the_order_and_then_from_the_choice(
    state: State | None, choice: Choice | None, stand: Stand
) -> None:
    assert stand_of(state, choice) is stand


@pytest.mark.parametrize("stand", Stand)
def test_nothing_is_offered_for_what_is_ordered_or_done(stand: Stand) -> None:
    item = replace(ITEM, stand=stand)
    settled = stand in (Stand.ORDERED, Stand.FREED)
    assert item.offers(enough=BOTH) == (frozenset() if settled else BOTH)
    assert item.choices == (frozenset() if settled else {Choice.MOVED, Choice.KEPT})


def test_only_what_is_uncertain_can_be_called_ones_own() -> None:
    either = replace(ITEM, origin=Origin.UNCERTAIN, stand=Stand.UNDECIDED)
    assert either.choices == frozenset(Choice)
    assert either.offers(enough=BOTH) == {OrderKind.UNBIND}
    assert either.offers(enough=frozenset()) == frozenset()


def test_a_statement_says_counts_and_not_which() -> None:
    items = tuple(replace(ITEM, stand=stand) for stand in (Stand.FREED, Stand.FREED, Stand.MOVED, Stand.KEPT))
    said = replace(LIST, items=items).statement(NUMBER, NOW)
    assert (said.asked, said.answered, said.freed, said.moved, said.kept) == (3, 2, 2, 1, 1)


@pytest.mark.parametrize(
    "unfinished",
    [
        replace(LIST, items=(ITEM, replace(ITEM, stand=Stand.UNDECIDED))),
        replace(LIST, items=(ITEM, replace(ITEM, stand=Stand.ORDERED))),
        replace(LIST, awaited=1),
        replace(LIST, open_orders=1),
        replace(LIST, items=(), asked=0),
    ],
)
def test_there_is_no_statement_while_anything_is_undecided_or_open(unfinished: Checklist) -> None:
    with pytest.raises(NotFinished):
        unfinished.statement(NUMBER, NOW)
