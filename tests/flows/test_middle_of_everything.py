"""A number leaves its holder in the middle of everything; the journal explains what became of it all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.errors import OrderEnded, UnknownProof
from jiebang.domain.letter import Event
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Said
from jiebang.domain.showing import NotYourProof
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.load_changes import load_changes
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.start_proof import start_proof
from jiebang.flows.sweep import sweep
from jiebang.store import orders, sessions
from jiebang.store.database import Database
from tests.build import BINDING, NOW, NUMBER, POLICY, change, on
from tests.flows.holder import answered, asked, known, place, proven, settle, streaming
from tests.memory import CARRIER, SHOP, picture

LEFT_AT = NOW + timedelta(hours=1)
OWN = replace(BINDING, handle="cooling", bound=on(2026, 6, 18))
EITHER = replace(BINDING, handle="objection", bound=Span(None, NOW), bound_source=BoundSource.UNKNOWN)
LEFT_BEHIND = [replace(BINDING, handle=name) for name in ("delivered", "accepted", "fulfilled", "denied")]
ENDS = {
    "cooling": State.REVOKED, "objection": State.REVOKED, "delivered": State.REVOKED,
    "accepted": State.REVOKED, "fulfilled": State.FULFILLED, "denied": State.DENIED,
}  # fmt: skip
"""How each order ends, by the name of its record."""


def letters(database: Database, *, stream_id: str, most: int = 99) -> list[tuple[Event, str | None]]:
    """Take and confirm what the shop is handed now."""
    poll = Poll(stream_id=stream_id, most=most)
    handed = poll_letters(database, SHOP, poll=poll, now=LEFT_AT, secret=b"").letters
    done = Poll(stream_id=stream_id, most=0, confirmed=[one.jti for one in handed])
    poll_letters(database, SHOP, poll=done, now=LEFT_AT, secret=b"")
    return [(one.event, one.order_id) for one in handed]


def busy(database: Database) -> dict[str, Order]:
    """Somebody with an order in every state, by the name of its record, and a question that waits."""
    known(database)
    proof = proven(database)
    found = answered(database, proof, *LEFT_BEHIND, EITHER, OWN)
    by_name = {}
    for one in found:
        kind = OrderKind.DEREGISTER if one.binding.handle == OWN.handle else OrderKind.UNBIND
        [by_name[one.binding.handle]] = place(database, proof, one, kind=kind)
    settle(database, by_name["accepted"].id, said=Said.ACCEPTED)
    settle(database, by_name["fulfilled"].id)
    settle(database, by_name["denied"].id, said=Said.DENIED)
    asked(database, proof)
    return by_name


def leave(database: Database) -> None:
    """Let the carrier report that the number has left."""
    left = change(ChangeKind.DISCONNECTED, instant(LEFT_AT))
    load_changes(database, CARRIER, changes=[left], now=LEFT_AT, policy=POLICY)


def test_every_order_ends_as_it_must_and_the_journal_says_by_whom(database: Database) -> None:
    placed = busy(database)
    leave(database)
    sweep(database, now=LEFT_AT + timedelta(days=40), policy=POLICY)
    with database.read() as connection:
        ended = {order.handle: order.state for order in orders.of_number(connection, NUMBER)}
        steps = orders.timelines(connection, [order.id for order in placed.values()])
    assert ended == ENDS
    lasts = {name: steps[order.id][-1] for name, order in placed.items()}
    assert {name: last.state for name, last in lasts.items()} == ENDS
    revoked = [last for last in lasts.values() if last.state is State.REVOKED]
    assert {(last.by, last.because) for last in revoked} == {(CARRIER, "number_left")}


def test_what_was_heard_of_is_called_back_and_the_rest_is_never_heard_of(database: Database) -> None:
    stream = streaming(database)
    placed = busy(database)
    letters(database, stream_id=stream.id)
    leave(database)
    handed = letters(database, stream_id=stream.id)
    called_back = {placed[name].id for name in ("objection", "delivered", "accepted")}
    assert {order_id for event, order_id in handed if event is Event.ORDER_REVOKED} == called_back
    assert {event for event, _ in handed} == {Event.ORDER_REVOKED, Event.NUMBER_DISCONNECTED}
    assert picture(database)["letters"] == []


def test_a_platform_that_comes_late_is_told_that_it_is_over(database: Database) -> None:
    placed = busy(database)
    leave(database)
    revoked = [order.id for name, order in placed.items() if ENDS[name] is State.REVOKED]
    assert set(settle(database, *revoked, now=LEFT_AT)) == {OrderEnded.code}


def test_no_door_is_left_open(database: Database) -> None:
    busy(database)
    proof = proven(database)
    with database.write() as connection:
        token = sessions.open_for(connection, proof.id)
    started = start_proof(database, NUMBER, now=NOW, policy=POLICY)
    leave(database)
    with database.read() as connection, pytest.raises(NotYourProof):
        sessions.find(connection, token)
    with pytest.raises(UnknownProof):
        confirm_proof(database, started.id, right=True, now=NOW, policy=POLICY)
    after = picture(database)
    assert [after[name] for name in ("proofs", "sessions", "queries", "bindings")] == [[], [], [], []]
