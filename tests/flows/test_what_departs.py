"""What a holder has decided and told their carrier ends with their tenure: the next one sees none of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jiebang.domain.binding import Binding, BoundSource
from jiebang.domain.choice import Choice
from jiebang.domain.departure import NumberLeft
from jiebang.domain.errors import ProofStale, UnknownOrder
from jiebang.domain.leaving import Stand
from jiebang.domain.number import Number
from jiebang.domain.proof import Proof
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.follow_orders import follow_orders
from jiebang.flows.gather_evidence import Hub, gather_evidence
from jiebang.flows.load_changes import load_changes
from jiebang.flows.load_part import Part, load_part
from jiebang.flows.open_load import open_load
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_choices import Decision, record_choices
from jiebang.flows.seal_journal import seal_journal
from jiebang.flows.see_checklist import Seen, see_checklist
from jiebang.flows.see_records import see_records
from jiebang.flows.state_nothing_left import state_nothing_left
from jiebang.flows.sweep import sweep
from jiebang.store.database import Database
from jiebang.store.loads import Load
from jiebang.wire.notes import Sealer
from tests.build import BINDING, HISTORY, NOW, NUMBER, OTHER_NUMBER, POLICY, change, on
from tests.flows.holder import answered, known, place, proven, settle
from tests.memory import CARRIER, SHOP, picture, unchanged

SECRET = b"numbers"
OWN = replace(BINDING, handle="own", bound=on(2026, 6, 18))
EITHER = replace(BINDING, handle="either", bound=Span(None, NOW), bound_source=BoundSource.UNKNOWN)
LEAVING = NOW + timedelta(days=4)
LEFT = change(ChangeKind.DISCONNECTED, instant(LEAVING))
NEXT = LEAVING + timedelta(days=100)
"""When somebody new has the number, and no carrier has said so yet."""


def batch(database: Database, secret: bytes | None = SECRET, left: Change = LEFT) -> None:
    """Report over HTTP that the number has left."""
    [verdict] = load_changes(database, CARRIER, changes=[left], now=LEAVING, policy=POLICY, secret=secret)
    assert verdict.refusal is None


def part(database: Database) -> None:
    """Report it in a file."""
    load = open_load(database, Load(carrier_id=CARRIER, digest="left", rows=1, begun_at=NOW))
    whole = Part([LEFT], 0, lambda _: 0)
    assert load_part(database, load, part=whole, now=LEAVING, policy=POLICY, secret=SECRET).taken == 1


def found(database: Database, proof: Proof, *told: Binding, now: datetime = NOW) -> str:
    """Ask the shop, and let it answer; gives the query's id."""
    query = ask_platforms(database, proof, platform_ids=[SHOP], now=now, policy=POLICY)
    answer = Answer(query_id=query.id, complete=True, bindings=told)
    record_answers(database, SHOP, answers=[answer], now=now, policy=POLICY)
    return query.id


def see(database: Database, proof: Proof, now: datetime) -> Seen:
    """Look at the list."""
    return see_checklist(database, proof, now=now, policy=POLICY, secret=SECRET)


def keep(database: Database, proof: Proof, now: datetime) -> None:
    """Say of all that is on the list that it stays."""
    decided = [Decision(item.id, Choice.KEPT) for item in see(database, proof, now).checklist.items]
    record_choices(database, proof, decided=decided, now=now, policy=POLICY, secret=SECRET)


def leaver(database: Database, number: Number = NUMBER) -> None:
    """Somebody who has kept what is theirs and said that nothing is left; all that they asked is erased."""
    history = [one._replace(number=number) for one in HISTORY]
    load_changes(database, CARRIER, changes=history, now=NOW, policy=POLICY)
    proof = proven(database, number)
    found(database, proof, OWN, EITHER)
    keep(database, proof, NOW)
    state_nothing_left(database, proof, now=NOW, policy=POLICY, secret=SECRET)
    sweep(database, now=LEAVING, policy=POLICY)


@pytest.mark.parametrize("report", [batch, part])
def test_what_was_decided_and_stated_is_erased_when_the_number_leaves(
    database: Database, report: Callable[[Database], None]
) -> None:
    leaver(database)
    assert (picture(database)["queries"], len(picture(database)["choices"])) == ([], 2)
    report(database)
    assert (picture(database)["choices"], picture(database)["statements"]) == ([], [])


def test_when_another_number_leaves_what_was_decided_stays(database: Database) -> None:
    leaver(database)
    before = picture(database)
    history = [one._replace(number=OTHER_NUMBER) for one in (*HISTORY, LEFT)]
    load_changes(database, CARRIER, changes=history, now=LEAVING, policy=POLICY, secret=SECRET)
    after = picture(database)
    assert [after[table] == before[table] for table in ("choices", "statements")] == [True, True]


@pytest.mark.parametrize("left", [LEFT, change(ChangeKind.DISCONNECTED, on(2026, 11, 28))])
def test_whoever_has_the_number_next_sees_none_of_it_before_a_carrier_tells_of_them(
    database: Database, left: Change
) -> None:
    leaver(database)
    batch(database, None, left)  # which cannot find what was decided, and leaves it where it is
    theirs = proven(database, now=NEXT)
    query_id = found(database, theirs, OWN, EITHER, now=NEXT)
    seen = see(database, theirs, NEXT)
    stands = {item.stand for item in seen.checklist.items}
    assert (stands, seen.stated_at, len(picture(database)["choices"])) == ({Stand.UNDECIDED}, None, 2)
    told = see_records(database, theirs, query_id=query_id, now=NEXT, policy=POLICY, secret=SECRET)
    assert {card.choice for card in told.cards} == {None}
    keep(database, theirs, NEXT)
    assert {item.stand for item in see(database, theirs, NEXT).checklist.items} == {Stand.KEPT}


def test_nobody_decides_any_more_by_a_proof_that_has_ended_with_the_tenure(database: Database) -> None:
    known(database)
    proof = proven(database)
    found(database, proof, OWN)
    [item] = see(database, proof, NOW).checklist.items
    batch(database, left=change(ChangeKind.DISCONNECTED, on(2026, 11, 24)))
    with unchanged(database), pytest.raises(ProofStale):
        record_choices(
            database, proof, decided=[Decision(item.id, Choice.KEPT)], now=NOW, policy=POLICY, secret=SECRET
        )


def test_nor_do_they_see_orders_and_their_evidence(database: Database) -> None:
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof))
    settle(database, order.id)
    assert len(follow_orders(database, proof, now=NOW, policy=POLICY)) == 1
    seal_journal(database, now=NOW, sign=Sealer("https://hub.example/journal", bytes(32)).seal)
    batch(database)
    theirs = proven(database, now=NEXT)
    assert follow_orders(database, theirs, now=NEXT, policy=POLICY) == []
    hub = Hub(address="https://hub.example", key="", payload=str, sign=str)
    with pytest.raises(UnknownOrder):
        gather_evidence(database, theirs, hub=hub, now=NEXT, policy=POLICY)


def test_nobody_states_anything_for_a_number_that_has_left_its_holder(database: Database) -> None:
    leaver(database)
    batch(database)
    theirs = proven(database, now=NEXT)
    found(database, theirs, now=NEXT)
    assert see(database, theirs, NEXT).checklist.finished
    with pytest.raises(NumberLeft):
        state_nothing_left(database, theirs, now=NEXT, policy=POLICY, secret=SECRET)
