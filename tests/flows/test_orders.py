"""Orders are placed within one's rights, once, and taken back in time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jiebang.domain.binding import BoundSource, OrderKind, RecordKind
from jiebang.domain.errors import (
    BindingNotOffered,
    NotAllowed,
    NotCertain,
    NotClosable,
    NothingTicked,
    NotYourAccount,
    OrderEnded,
    OrderMoved,
    ProofStale,
    UnknownBinding,
    UnknownOrder,
)
from jiebang.domain.letter import Event, Letter
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.place_orders import place_orders
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.revoke_order import revoke_order
from jiebang.store import numbers, orders
from jiebang.store.database import Database
from tests.build import BEIJING, BINDING, NOW, OTHER_NUMBER, POLICY, change, on
from tests.flows.holder import answered, known, ordered, place, proven, settle, stored, streaming
from tests.memory import CARRIER, SHOP, picture, together, unchanged

OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
UNCERTAIN = replace(BINDING, handle="either", bound=Span(None, NOW), bound_source=BoundSource.UNKNOWN)
MINUTE = timedelta(minutes=1)


def revoke(database: Database, proof: Proof, order: Order, now: datetime = NOW) -> Order:
    """Take an order back."""
    fresh = replace(proof, proven_at=now)
    return revoke_order(database, fresh, order_id=order.id, now=now, policy=POLICY)


def letters(database: Database, now: datetime = NOW) -> list[Letter]:
    """Take what the shop would be handed, questions aside."""
    events = [Event.UNBIND_ORDERED, Event.DEREGISTER_ORDERED, Event.ORDER_REVOKED]
    stream = streaming(database, events=events)
    wish = Poll(stream_id=stream.id, most=99)
    return poll_letters(database, SHOP, poll=wish, now=now, secret=b"").letters


def test_what_an_earlier_holder_left_is_unbound_at_once(database: Database) -> None:
    _, [order] = ordered(database)
    assert (stored(database, order), order.state, order.leave_at) == (order, State.OPEN, NOW)
    [letter] = letters(database)
    assert (letter.event, letter.said["order_id"], letter.said["origin"]) == (
        Event.UNBIND_ORDERED, order.id, "inherited",
    )  # fmt: skip


def test_ones_own_account_is_closed_after_a_cooling_off(database: Database) -> None:
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, OWN), kind=OrderKind.DEREGISTER)
    assert order.leave_at == NOW + POLICY.cooling_off
    [letter] = letters(database, order.leave_at)
    assert letter.event is Event.DEREGISTER_ORDERED


def test_a_closing_does_not_leave_before_the_cooling_off_is_over(database: Database) -> None:
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, OWN), kind=OrderKind.DEREGISTER)
    assert letters(database, order.leave_at - timedelta(microseconds=1)) == []


def test_an_uncertain_records_owner_is_heard_first(database: Database) -> None:
    _, [order] = ordered(database, UNCERTAIN)
    [letter] = letters(database)
    assert letter.said["object_until"] == (NOW + POLICY.objection).isoformat()
    assert order.due == datetime(2026, 12, 9, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (BINDING, NotYourAccount),
        (UNCERTAIN, NotCertain),
        (replace(OWN, kind=RecordKind.LABEL), NotClosable),
        (replace(OWN, can=frozenset({OrderKind.UNBIND})), BindingNotOffered),
    ],
)
def test_what_nobody_may_order_spoils_the_whole_order_and_changes_nothing(
    database: Database, told: object, refusal: type[NotAllowed]
) -> None:
    known(database)
    proof = proven(database)
    found = answered(database, proof, replace(OWN, handle="a"), told)  # type: ignore[arg-type]  # a binding
    with unchanged(database), pytest.raises(refusal):
        place(database, proof, *found, kind=OrderKind.DEREGISTER)


def test_without_a_known_tenure_nothing_is_closed(database: Database) -> None:
    proof = proven(database)
    found = answered(database, proof, OWN)
    with unchanged(database), pytest.raises(NotCertain):
        place(database, proof, *found, kind=OrderKind.DEREGISTER)


def test_an_order_for_nothing_is_refused(database: Database) -> None:
    proof = proven(database)
    with unchanged(database), pytest.raises(NothingTicked):
        place_orders(database, proof, wanted=[], now=NOW, policy=POLICY)


def test_an_order_for_what_is_not_in_ones_results_is_refused(database: Database) -> None:
    known(database)
    proof, other = proven(database), proven(database, OTHER_NUMBER)
    found = answered(database, proof)
    with unchanged(database):
        with pytest.raises(UnknownBinding):
            place(database, other, *found)
        with pytest.raises(UnknownBinding):
            place(database, proof, *found, replace(found[0], id="bnd_none"))


def test_an_order_without_a_proof_that_counts_is_refused(database: Database) -> None:
    known(database)
    proof = proven(database)
    found = answered(database, proof)
    with unchanged(database):
        for stale in (replace(proof, proven_at=None), replace(proof, proven_at=NOW - POLICY.proof_life)):
            with pytest.raises(ProofStale):
                place(database, stale, *found)


def test_placing_again_is_the_same_order(database: Database) -> None:
    known(database)
    proof = proven(database)
    found = answered(database, proof, BINDING, OWN)
    placed = place(database, proof, *found)
    with unchanged(database):
        assert place(database, proof, *found, *found) == [*placed, *placed]


def test_asking_anew_does_not_order_anew(database: Database) -> None:
    proof, [order] = ordered(database)
    assert place(database, proof, *answered(database, proof)) == [order]


@pytest.mark.parametrize("devices", [1, 2])
def test_taps_at_the_same_moment_are_one_order(database: Database, devices: int) -> None:
    known(database)
    proofs = [proven(database) for _ in range(devices)] * (2 // devices)
    results: list[Sequence[object]] = [answered(database, proof) for proof in proofs]

    def tap(nth: int) -> list[Order]:
        return place(database, proofs[nth], *results[nth])  # type: ignore[arg-type]  # what was found

    first, second = together(lambda: tap(0), lambda: tap(1))
    assert first == second
    assert len(picture(database)["orders"]) == len(letters(database)) == 1


def test_an_expired_order_makes_room_for_a_new_one(database: Database) -> None:
    proof, [old] = ordered(database)
    later = replace(proof, proven_at=old.due)
    [new] = place(database, later, *answered(database, proof), now=old.due)
    assert new.id != old.id
    assert (stored(database, old).state, stored(database, new).state) == (State.EXPIRED, State.OPEN)
    with database.read() as connection:
        steps = [step.state for step in orders.timelines(connection, [old.id])[old.id]]
    assert steps == [State.OPEN, State.EXPIRED]


def test_an_order_that_was_heard_of_is_followed_by_its_revocation(database: Database) -> None:
    proof, [order] = ordered(database)
    assert revoke(database, proof, order, NOW + MINUTE).state is State.REVOKED
    [letter] = letters(database, NOW + MINUTE)
    assert (letter.event, letter.said) == (Event.ORDER_REVOKED, {"order_id": order.id})


def test_an_order_that_was_not_heard_of_is_taken_back_unheard(database: Database) -> None:
    known(database)
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, OWN), kind=OrderKind.DEREGISTER)
    revoke(database, proof, order, order.leave_at - MINUTE)
    assert letters(database, order.due) == []


def test_an_accepted_order_can_still_be_taken_back(database: Database) -> None:
    proof, [order] = ordered(database)
    settle(database, order.id, said=Said.ACCEPTED)
    assert revoke(database, proof, order).state is State.REVOKED
    assert [one.event for one in letters(database)] == [Event.ORDER_REVOKED]


def test_a_fulfilled_order_cannot_be_taken_back(database: Database) -> None:
    proof, [order] = ordered(database)
    settle(database, order.id)
    with unchanged(database), pytest.raises(OrderEnded):
        revoke(database, proof, order)


def test_what_is_over_cannot_be_taken_back(database: Database) -> None:
    proof, [order] = ordered(database)
    with unchanged(database), pytest.raises(OrderEnded):
        revoke(database, proof, order, order.due)
    revoke(database, proof, order)
    with unchanged(database), pytest.raises(OrderEnded):
        revoke(database, proof, order)


def test_nobody_takes_back_anothers_order(database: Database) -> None:
    proof, [order] = ordered(database)
    with unchanged(database):
        with pytest.raises(UnknownOrder):
            revoke(database, replace(proof, number=OTHER_NUMBER), order)
        with pytest.raises(ProofStale):
            revoke_order(database, replace(proof, proven_at=None), order_id=order.id, now=NOW, policy=POLICY)


def test_nobody_takes_back_what_an_earlier_holder_ordered(database: Database) -> None:
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof))
    handed_on = [
        change(ChangeKind.ASSIGNED, on(2019, 1, 7)),
        change(ChangeKind.ASSIGNED, instant(NOW + MINUTE)),
    ]
    with database.write() as connection:
        numbers.append(connection, handed_on, carrier_id=CARRIER, now=NOW + MINUTE)
    with unchanged(database), pytest.raises(UnknownOrder):
        revoke(database, proof, order, NOW + 2 * MINUTE)


def test_of_a_holder_and_a_platform_at_the_same_moment_one_wins(database: Database) -> None:
    proof, [order] = ordered(database)
    revoked, settled = together(lambda: revoke(database, proof, order), lambda: settle(database, order.id))
    state = stored(database, order).state
    if state is State.REVOKED:
        assert (settled, isinstance(revoked, Order)) == (["order_ended"], True)
    else:
        assert state is State.FULFILLED
        assert settled == ["recorded"]
        assert isinstance(revoked, OrderMoved | OrderEnded)
    with database.read() as connection:
        steps = [step.state for step in orders.timelines(connection, [order.id])[order.id]]
    assert steps == [State.OPEN, state]
