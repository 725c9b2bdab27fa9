"""What a leaver goes through comes in the order of what could be done with it, and ends with a statement."""

from dataclasses import replace

import pytest

from jiebang.domain.binding import OrderKind, Origin, RecordClass, RecordKind
from jiebang.domain.choice import Choice
from jiebang.domain.leaving import (
    URGENCY,
    Checklist,
    Item,
    NotFinished,
    Stand,
    Urgency,
    in_order,
    stand_of,
)
from jiebang.domain.order import State
from jiebang.domain.party import Party, Role
from tests.build import BINDING, BOTH, NOW, NUMBER

ITEM = Item(
    binding_id="bnd_1",
    query_id="qry_1",
    platform=Party(id="par_shop", role=Role.PLATFORM, name="Shop", jwks={}),
    binding=BINDING,
    origin=Origin.OWN,
    stand=Stand.FREED,
)
LIST = Checklist(items=(ITEM,), asked=3, answered=2, awaited=0)


def of(record_class: RecordClass, kind: RecordKind = RecordKind.ACCOUNT) -> Item:
    """An item of a platform that is for something."""
    return replace(ITEM, binding=replace(BINDING, record_class=record_class, kind=kind))


def test_every_class_of_record_has_its_urgency() -> None:
    assert set(URGENCY) == set(RecordClass)


def test_money_comes_first_and_what_is_no_account_last() -> None:
    list_only = of(RecordClass.PAYMENT, RecordKind.SUBSCRIPTION)
    items = [of(one) for one in reversed(RecordClass)]
    ordered = in_order([list_only, *items])
    assert {one.binding.record_class for one in ordered[:3]} == {
        RecordClass.PAYMENT, RecordClass.LENDING, RecordClass.TRADING,
    }  # fmt: skip
    assert ordered[3].binding.record_class is RecordClass.SOCIAL
    assert list_only.urgency is Urgency.REST
    assert [one.urgency for one in ordered] == sorted(
        (one.urgency for one in ordered), key=list(Urgency).index
    )


@pytest.mark.parametrize(
    ("state", "choice", "stand"),
    [
        (None, None, Stand.UNDECIDED),
        (None, Choice.MINE, Stand.UNDECIDED),
        (None, Choice.MOVED, Stand.MOVED),
        (None, Choice.KEPT, Stand.KEPT),
        (State.OPEN, Choice.KEPT, Stand.ORDERED),
        (State.IN_PROGRESS, None, Stand.ORDERED),
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
        replace(LIST, items=(), asked=0),
    ],
)
def test_there_is_no_statement_while_anything_is_undecided_or_open(unfinished: Checklist) -> None:
    with pytest.raises(NotFinished):
        unfinished.statement(NUMBER, NOW)
