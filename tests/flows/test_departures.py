"""When a number leaves its holder, everything that they had begun for it ends with their tenure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Event

import pytest

from jiebang.domain import letter
from jiebang.domain.binding import OrderKind
from jiebang.domain.departure import NumberLeft
from jiebang.domain.errors import OrderEnded, ProofStale, UnknownProof, UnknownQuery
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof
from jiebang.domain.span import instant
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.domain.verdict import Fate
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.load_changes import load_changes
from jiebang.flows.load_part import Part, load_part
from jiebang.flows.open_load import open_load
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.start_proof import start_proof
from jiebang.store import orders, proofs, queries
from jiebang.store.database import Database
from jiebang.store.loads import Load
from jiebang.store.orders import Step
from tests.build import BINDING, HISTORY, NOW, NUMBER, ORDER, OTHER_NUMBER, POLICY, change, on
from tests.flows.holder import answered, asked, known, ordered, place, proven, settle, stored, streaming
from tests.memory import CARRIER, SHOP, picture, together

LATER = NOW + timedelta(hours=1)
LEFT = change(ChangeKind.DISCONNECTED, instant(LATER))
NEXT = change(ChangeKind.ASSIGNED, instant(LATER), "next")
OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
_SERIAL = count()


def batch(database: Database, *changes: Change) -> None:
    """Report over HTTP."""
    verdicts = load_changes(database, CARRIER, changes=changes, now=LATER, policy=POLICY)
    assert {one.refusal for one in verdicts} == {None}


def part(database: Database, *changes: Change) -> None:
    """Report in a file."""
    load = Load(carrier_id=CARRIER, digest=f"{next(_SERIAL)}", rows=len(changes), begun_at=NOW)
    load = open_load(database, load)
    done = load_part(database, load, part=Part(changes, 0, lambda _: 0), now=LATER, policy=POLICY)
    assert done.taken == len(changes)


def steps(database: Database, order: Order) -> list[Step]:
    """Read what has become of an order."""
    with database.read() as connection:
        return orders.timelines(connection, [order.id])[order.id]


def closing(database: Database) -> tuple[Proof, Order]:
    """Order that one's own account be closed, which is not heard of for a while."""
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, OWN), kind=OrderKind.DEREGISTER)
    return proof, order


@pytest.mark.parametrize("report", [batch, part])
def test_an_order_is_revoked_by_the_carrier_who_reports_that_the_number_has_left(
    database: Database, report: Callable[..., None]
) -> None:
    _, [order] = ordered(database)
    report(database, LEFT)
    assert stored(database, order).state is State.REVOKED
    last = steps(database, order)[-1]
    assert (last.state, last.by, last.at, last.because) == (State.REVOKED, CARRIER, LATER, "number_left")


def test_a_letter_that_may_have_left_is_followed_by_its_revocation(database: Database) -> None:
    stream = streaming(database, events=[letter.Event.UNBIND_ORDERED, letter.Event.ORDER_REVOKED])
    _, [order] = ordered(database)
    batch(database, LEFT)
    handed = poll_letters(
        database, SHOP, poll=Poll(stream_id=stream.id, most=9), now=LATER, secret=b""
    ).letters
    assert [(one.event, one.order_id) for one in handed] == [(letter.Event.ORDER_REVOKED, order.id)]


def test_what_was_not_heard_of_is_never_heard_of(database: Database) -> None:
    _, order = closing(database)
    batch(database, LEFT)
    assert stored(database, order).state is State.REVOKED
    assert picture(database)["letters"] == []


@pytest.mark.parametrize("said", Said)
def test_what_is_settled_stays_settled_and_the_rest_is_revoked(database: Database, said: Said) -> None:
    _, [order] = ordered(database)
    settle(database, order.id, said=said)
    batch(database, LEFT)
    ends = {Said.ACCEPTED: State.REVOKED, Said.FULFILLED: State.FULFILLED, Said.DENIED: State.DENIED}
    assert stored(database, order).state is ends[said]


def test_an_overdue_order_is_revoked_too_whether_or_not_a_sweep_has_run(database: Database) -> None:
    _, [order] = ordered(database)
    left = change(ChangeKind.DISCONNECTED, instant(order.due))
    load_changes(database, CARRIER, changes=[left], now=order.due, policy=POLICY)
    assert stored(database, order).state is State.REVOKED
    assert settle(database, order.id, now=order.due) == [OrderEnded.code]


def test_proofs_and_sessions_end_and_questions_are_closed(database: Database) -> None:
    _, [order] = ordered(database)
    settle(database, order.id)  # so that a second look waits as well
    asked(database, proven(database))
    batch(database, LEFT)
    after = picture(database)
    for table in ("proofs", "sessions", "texts", "queries", "asked", "bindings"):
        assert after[table] == [], table
    assert [one for one in after["letters"] if "bindings-asked" in one] == []


def test_a_code_that_is_typed_too_late_opens_nothing(database: Database) -> None:
    known(database)
    proof = start_proof(database, NUMBER, now=NOW, policy=POLICY)
    batch(database, LEFT)
    with pytest.raises(UnknownProof):
        confirm_proof(database, proof.id, right=True, now=NOW, policy=POLICY)


def test_an_answer_that_comes_too_late_is_not_kept(database: Database) -> None:
    known(database)
    query = asked(database, proven(database))
    batch(database, LEFT)
    answer = Answer(query_id=query.id, complete=True, bindings=(BINDING,))
    [verdict] = record_answers(database, SHOP, answers=[answer], now=LATER, policy=POLICY)
    assert verdict.refusal is not None
    assert picture(database)["bindings"] == []


def test_nothing_is_begun_by_a_proof_that_has_ended(database: Database) -> None:
    known(database)
    proof = proven(database)
    found = answered(database, proof)
    batch(database, LEFT)
    with pytest.raises(ProofStale):
        place(database, proof, *found)
    with pytest.raises(ProofStale):
        asked(database, proof)


def test_who_still_gets_texts_on_the_day_of_leaving_begins_nothing(database: Database) -> None:
    known(database)
    batch(database, change(ChangeKind.DISCONNECTED, on(2026, 11, 24)))
    with pytest.raises(NumberLeft):
        asked(database, proven(database))


def test_other_numbers_are_left_alone(database: Database) -> None:
    _, [order] = ordered(database)
    elsewhere = [one._replace(number=OTHER_NUMBER) for one in (*HISTORY, LEFT)]
    before = picture(database)
    batch(database, *elsewhere)
    assert stored(database, order).state is State.OPEN
    assert [picture(database)[name] == before[name] for name in ("proofs", "queries", "letters")] == [
        True
    ] * 3


def test_a_change_that_is_not_taken_ends_nothing(database: Database) -> None:
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof))
    load = Load(carrier_id=CARRIER, digest="refused", rows=1, begun_at=NOW)
    part_of_it = Part([LEFT], 0, lambda _: 0)
    done = load_part(database, open_load(database, load), part=part_of_it, now=LATER, policy=POLICY)
    [verdict] = load_changes(database, CARRIER, changes=[LEFT], now=LATER, policy=POLICY)
    assert (done.refused, verdict.fate) == (1, Fate.REFUSED)
    assert stored(database, order).state is State.OPEN


@pytest.mark.parametrize("kind", [ChangeKind.PORTED, ChangeKind.SUSPENDED])
def test_what_leaves_the_tenure_whole_ends_nothing(database: Database, kind: ChangeKind) -> None:
    _, [order] = ordered(database)
    batch(database, change(kind, instant(LATER)))
    assert stored(database, order).state is State.OPEN


def test_a_late_report_ends_what_the_one_before_had_begun_and_nothing_of_the_next_ones(
    database: Database,
) -> None:
    handed_on, since = NOW + timedelta(minutes=10), NOW + timedelta(minutes=20)
    early = proven(database)
    [theirs] = place(database, early, *answered(database, early))
    late = proven(database, now=since)
    [ours] = place(database, late, *answered(database, late, OWN), now=since)
    batch(database, change(ChangeKind.ASSIGNED, instant(handed_on), "present"))
    assert (stored(database, theirs).state, stored(database, ours).state) == (State.REVOKED, State.OPEN)


def test_a_correction_that_puts_the_tenure_later_ends_what_was_begun_before_it(database: Database) -> None:
    _, [order] = ordered(database)
    wrong = HISTORY[-1]._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.ASSIGNED)
    batch(database, wrong, NEXT)
    assert stored(database, order).state is State.REVOKED


def test_a_correction_that_leaves_the_tenure_as_it_was_ends_nothing(database: Database) -> None:
    _, [order] = ordered(database)
    never = LEFT._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.DISCONNECTED)
    batch(database, LEFT, never)
    assert stored(database, order).state is State.OPEN


@pytest.mark.parametrize("nth", range(5))
def test_an_order_placed_in_a_race_with_the_report_does_not_outlive_it(database: Database, nth: int) -> None:
    known(database)
    proof = proven(database)
    found = answered(database, proof)
    starts = [lambda: place(database, proof, *found), lambda: batch(database, LEFT)]
    placed, reported = together(*starts) if nth % 2 else together(*starts[::-1])[::-1]
    assert reported is None
    with database.read() as connection:
        left = orders.of_number(connection, NUMBER)
    if isinstance(placed, BaseException):
        assert (isinstance(placed, ProofStale), left) == (True, [])
    else:
        assert [one.state for one in left] == [State.REVOKED]
        assert [one.state for one in steps(database, left[0])] == [State.OPEN, State.REVOKED]


def test_what_is_being_begun_when_the_report_comes_is_waited_for(database: Database) -> None:
    known(database)
    proof = proven(database)
    query = asked(database, proof)
    order = replace(ORDER, proof_id=proof.id)
    begun, reporting = Event(), Event()

    def begin() -> None:
        with database.write() as connection:
            proofs.hold(connection, proof)
            begun.set()
            assert not reporting.wait(0.5)
            orders.add(connection, [order])

    def report() -> None:
        begun.wait()
        batch(database, LEFT)
        reporting.set()

    assert together(begin, report) == [None, None]
    assert stored(database, order).state is State.REVOKED
    with database.read() as connection, pytest.raises(UnknownQuery):
        queries.get(connection, query.id, number=NUMBER)
