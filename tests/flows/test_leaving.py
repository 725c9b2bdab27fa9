"""A leaver goes through everything of their own, and tells their carrier at the end, if they wish."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import BoundSource, RecordClass
from jiebang.domain.choice import Choice, NotInDoubt
from jiebang.domain.departure import NumberLeft
from jiebang.domain.errors import ProofStale, UnknownBinding
from jiebang.domain.leaving import Checklist, NobodyToTell, NotFinished, Stand, Statement
from jiebang.domain.proof import Proof
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.flows.read_statements import read_statements
from jiebang.flows.record_choices import Decision, record_choices
from jiebang.flows.see_checklist import see_checklist
from jiebang.flows.state_nothing_left import state_nothing_left
from jiebang.flows.sweep import sweep
from jiebang.store.database import Database
from jiebang.store.queries import Found
from tests.build import BINDING, NOW, NUMBER, OTHER_NUMBER, POLICY, change, on
from tests.flows.holder import answered, asked, known, place, proven, settle
from tests.memory import CARRIER, SHOP, SOCIAL, picture, unchanged

SECRET = b"numbers"
OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
PURSE = replace(OWN, handle="purse", record_class=RecordClass.PAYMENT)
EITHER = replace(BINDING, handle="either", bound=Span(None, NOW), bound_source=BoundSource.UNKNOWN)


def see(database: Database, proof: Proof) -> Checklist:
    """Look at the list."""
    return see_checklist(database, proof, now=NOW, policy=POLICY, secret=SECRET).checklist


def stands(database: Database, proof: Proof) -> list[tuple[str, Stand]]:
    """How each item stands, in the list's order."""
    return [(item.handle, item.stand) for item in see(database, proof).items]


def choose(database: Database, proof: Proof, found: Found, choice: Choice = Choice.KEPT) -> None:
    """Decide about a record."""
    record_choices(
        database, proof, decided=[Decision(found.id, choice)], now=NOW, policy=POLICY, secret=SECRET
    )


def state(database: Database, proof: Proof) -> Statement:
    """Say that nothing is left."""
    return state_nothing_left(database, proof, now=NOW, policy=POLICY, secret=SECRET)


def statements(database: Database, carrier: str = CARRIER) -> list[Statement]:
    """Read what leavers have said."""
    return read_statements(database, carrier, since=NOW, most=9)


def leaver(database: Database) -> tuple[Proof, list[Found]]:
    """Somebody with two accounts of their own, one that may be, and one that an earlier holder left."""
    known(database)
    proof = proven(database)
    return proof, answered(database, proof, OWN, PURSE, EITHER, BINDING)


def done(database: Database) -> Proof:
    """Somebody who has come to the end."""
    proof, found = leaver(database)
    for one in found:
        if one.binding.handle != BINDING.handle:
            choose(database, proof, one)
    return proof


def test_what_is_ones_own_is_gone_through_money_first_and_nothing_of_an_earlier_holder(
    database: Database,
) -> None:
    proof, _ = leaver(database)
    items = see(database, proof).items
    assert items[0].handle == PURSE.handle
    assert {item.handle for item in items} == {"new", "purse", "either"}
    assert {item.stand for item in items} == {Stand.UNDECIDED}


def test_what_is_decided_is_remembered_when_platforms_are_asked_anew(database: Database) -> None:
    proof, found = leaver(database)
    own = next(one for one in found if one.binding.handle == OWN.handle)
    choose(database, proof, own, Choice.MOVED)
    answered(database, proof, OWN, PURSE, EITHER)
    assert dict(stands(database, proof)) == {
        "purse": Stand.UNDECIDED, "new": Stand.MOVED, "either": Stand.UNDECIDED,
    }  # fmt: skip


def test_to_decide_again_changes_it(database: Database) -> None:
    proof, found = leaver(database)
    own = next(one for one in found if one.binding.handle == OWN.handle)
    choose(database, proof, own, Choice.MOVED)
    choose(database, proof, own, Choice.KEPT)
    assert dict(stands(database, proof))["new"] is Stand.KEPT
    assert NUMBER.e164 not in str(picture(database)["choices"])


def test_an_order_stands_before_a_choice_until_it_is_done(database: Database) -> None:
    proof, found = leaver(database)
    own = next(one for one in found if one.binding.handle == OWN.handle)
    choose(database, proof, own)
    [order] = place(database, proof, own)
    assert dict(stands(database, proof))["new"] is Stand.ORDERED
    settle(database, order.id)
    assert dict(stands(database, proof))["new"] is Stand.FREED


def test_nobody_decides_about_what_an_earlier_holder_left_or_what_is_not_theirs(database: Database) -> None:
    proof, found = leaver(database)
    left = next(one for one in found if one.binding.handle == BINDING.handle)
    with unchanged(database), pytest.raises(NotInDoubt):
        choose(database, proof, left)
    other = proven(database, OTHER_NUMBER)
    with unchanged(database), pytest.raises(UnknownBinding):
        choose(database, other, left)


def test_the_next_holder_finds_nothing_of_what_was_decided(database: Database) -> None:
    done(database)
    load_changes(
        database, CARRIER, changes=[change(ChangeKind.DISCONNECTED, instant(NOW))], now=NOW, policy=POLICY
    )
    later = NOW + timedelta(days=100)
    changes = [change(ChangeKind.ASSIGNED, instant(later), "next")]
    load_changes(database, CARRIER, changes=changes, now=later, policy=POLICY)
    theirs = proven(database, now=later)
    seen = see_checklist(database, theirs, now=later, policy=POLICY, secret=SECRET)
    assert (seen.checklist.items, seen.checklist.asked) == ((), 0)


def test_a_leaver_who_is_done_tells_their_carrier_and_nobody_else(database: Database) -> None:
    proof = done(database)
    said = state(database, proof)
    assert (said.asked, said.answered, said.freed, said.moved, said.kept) == (1, 1, 0, 0, 3)
    assert (statements(database), statements(database, SOCIAL)) == ([said], [])


def test_to_tell_again_stands_instead_of_what_was_told(database: Database) -> None:
    proof = done(database)
    state(database, proof)
    assert statements(database) == [state(database, proof)]


def test_nothing_is_told_while_anything_is_undecided_or_a_platform_may_answer(database: Database) -> None:
    proof, _ = leaver(database)
    with unchanged(database), pytest.raises(NotFinished):
        state(database, proof)
    asked(database, proof, SHOP, SOCIAL)
    with unchanged(database), pytest.raises(NotFinished):
        state(database, proof)


def test_where_no_carrier_serves_the_number_there_is_nobody_to_tell(database: Database) -> None:
    proof = proven(database)
    [either] = answered(database, proof, EITHER)
    choose(database, proof, either)
    with unchanged(database), pytest.raises(NobodyToTell):
        state(database, proof)


def test_who_has_left_already_tells_nothing(database: Database) -> None:
    proof = done(database)
    load_changes(
        database, CARRIER, changes=[change(ChangeKind.DISCONNECTED, on(2026, 11, 24))], now=NOW, policy=POLICY
    )
    with unchanged(database), pytest.raises(ProofStale):
        state(database, proof)
    again = proven(database)
    with pytest.raises(NumberLeft):
        state(database, again)


def test_what_was_decided_and_told_is_erased_in_time(database: Database) -> None:
    state(database, done(database))
    tick = timedelta(microseconds=1)
    sweep(database, now=NOW + POLICY.statements_kept, policy=POLICY)
    assert len(picture(database)["statements"]) == 1
    sweep(database, now=NOW + POLICY.statements_kept + tick, policy=POLICY)
    assert picture(database)["statements"] == []
    sweep(database, now=NOW + POLICY.choices_kept + tick, policy=POLICY)
    assert picture(database)["choices"] == []
