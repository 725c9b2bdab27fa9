"""A letter says exactly what the protocol says it says."""

from dataclasses import replace
from datetime import timedelta

from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.calendar import Calendar
from jiebang.domain.letter import URGENCY, Event, bindings_asked, order_overdue, order_revoked, ordered
from jiebang.domain.query import Asked, Query
from tests.build import NOW, NUMBER, ORDER, POLICY

OURS = "https://schemas.jiebang.org/secevent/jiebang/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"


def put(query: Query) -> Asked:
    """A question as it is put to the shop, whose clocks show UTC: it came at half past six."""
    return query.put_to("par_shop", calendar=Calendar(), policy=POLICY)


def test_events_are_named_as_the_protocol_names_them() -> None:
    ours = {
        "bindings-asked", "unbind-ordered", "deregister-ordered", "order-revoked", "order-overdue",
        "number-disconnected",
    }  # fmt: skip
    theirs = {SSF + "verification", SSF + "stream-updated", RISC + "identifier-recycled"}
    assert set(Event) == {OURS + name for name in ours} | theirs


def test_a_question_names_itself_and_when_it_wants_its_answer() -> None:
    query = Query(id="qry_1", number=NUMBER, asked_at=NOW, proof_id="prf_1")
    letter = bindings_asked(query, put(query), jti="set_1")
    assert letter.said == {"query_id": "qry_1", "answer_by": "2026-11-24T11:00:00+00:00"}
    assert (letter.event, letter.jti, letter.platform_id) == (Event.BINDINGS_ASKED, "set_1", "par_shop")
    assert (letter.number, letter.order_id) == (NUMBER, None)
    assert letter.written_at == letter.leave_at == NOW


def test_a_second_look_reads_like_any_other_question() -> None:
    holders = Query(id="qry_1", number=NUMBER, asked_at=NOW, proof_id="prf_1")
    hubs = Query(id="qry_1", number=NUMBER, asked_at=NOW, order_id="ord_1")
    letters = [bindings_asked(query, put(query), jti="set_1") for query in (holders, hubs)]
    assert letters[0] == letters[1]


def test_an_unbind_order_says_what_kind_of_record_and_whose() -> None:
    letter = ordered(replace(ORDER, record_kind=RecordKind.LABEL))
    assert letter.said == {
        "order_id": "ord_1",
        "handle": "old",
        "kind": "label",
        "origin": "inherited",
        "due": "2026-12-01T06:30:00+00:00",
    }
    assert (letter.event, letter.order_id, letter.number) == (Event.UNBIND_ORDERED, "ord_1", NUMBER)


def test_an_uncertain_records_order_says_until_when_its_owner_may_object() -> None:
    order = replace(ORDER, origin=Origin.UNCERTAIN, object_until=NOW + timedelta(days=1))
    said = ordered(order).said
    assert said["object_until"] == "2026-11-25T06:30:00+00:00"
    assert said["origin"] == "uncertain"


def test_a_deregistration_says_no_more_than_it_must() -> None:
    order = replace(ORDER, kind=OrderKind.DEREGISTER, leave_at=NOW + timedelta(hours=72))
    letter = ordered(order)
    assert letter.said == {"order_id": "ord_1", "handle": "old", "due": "2026-12-01T06:30:00+00:00"}
    assert letter.event is Event.DEREGISTER_ORDERED
    assert (letter.written_at, letter.leave_at) == (NOW, NOW + timedelta(hours=72))


def test_a_revocation_names_its_order_and_leaves_at_once() -> None:
    later = NOW + timedelta(hours=1)
    letter = order_revoked(ORDER, jti="set_2", now=later)
    assert (letter.event, letter.said) == (Event.ORDER_REVOKED, {"order_id": "ord_1"})
    assert letter.written_at == letter.leave_at == later
    assert (letter.platform_id, letter.order_id, letter.number) == ("par_shop", "ord_1", NUMBER)


def test_a_reminder_says_the_whole_order_again() -> None:
    due = ORDER.due
    letter = order_overdue(ORDER)
    assert letter.said == {"order": "unbind", **ordered(ORDER).said}
    assert (letter.event, letter.number) == (Event.ORDER_OVERDUE, NUMBER)
    assert (letter.written_at, letter.leave_at, letter.order_id) == (due, due, "ord_1")
    closing = order_overdue(replace(ORDER, kind=OrderKind.DEREGISTER))
    assert closing.said["order"] == "deregister"


def test_what_stops_something_goes_before_what_is_asked_and_that_before_work() -> None:
    first = {Event.VERIFICATION, Event.STREAM_UPDATED, Event.ORDER_REVOKED}
    work = {Event.UNBIND_ORDERED, Event.DEREGISTER_ORDERED}
    assert set(URGENCY) == set(Event)
    assert max(URGENCY[event] for event in first) < URGENCY[Event.BINDINGS_ASKED]
    assert URGENCY[Event.BINDINGS_ASKED] < min(URGENCY[event] for event in work)
