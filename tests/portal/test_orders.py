"""Ordering, and following what becomes of it."""

from datetime import timedelta

from jiebang.domain.binding import Binding, OrderKind
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof, Showing
from jiebang.domain.showing import ShownBy
from jiebang.flows.believe_front import believe_front
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.revoke_order import revoke_order
from jiebang.store import queries, sessions
from tests.build import NUMBER
from tests.portal.hub import FRONT, INHERITED, OWN, SHOP, UNCERTAIN, Hub
from tests.portal.visitor import Visitor


def found(holder: Visitor, *bindings: Binding) -> str:
    path = holder.ask(SHOP)
    holder.hub.answer(path.removeprefix("/queries/"), SHOP, *bindings)
    return path


def ordered(holder: Visitor, binding: Binding, *, kind: str = "unbind") -> str:
    assert holder.order(found(holder, binding), kind=kind).status == 303
    return holder.get("/orders").page.having("data-order")[0].attributes["data-order"]


def states(holder: Visitor) -> list[str]:
    return [part.attributes["data-state"] for part in holder.get("/orders").page.having("data-order")]


def at_front(hub: Hub) -> Proof:
    """Show the number through a front."""
    showing = Showing(
        front_id=FRONT, number=NUMBER, shown_by=ShownBy.NETWORK, jti="one", until=hub.clock.now
    )  # fmt: skip
    token = believe_front(hub.house.database, showing, now=hub.clock.now)
    with hub.house.database.read() as connection:
        return sessions.find(connection, token, front_id=FRONT)


def text(holder: Visitor, path: str = "/orders") -> str:
    return holder.get(path).words


def test_an_order_is_followed_from_placed_to_verified(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    assert "Placed through" not in text(holder)
    assert states(holder) == ["open"]
    for said, state in ((Said.ACCEPTED, "in_progress"), (Said.FULFILLED, "fulfilled")):
        holder.hub.settle(order, said=said)
        assert states(holder) == [state]
    assert "We look again, to see that it is true" in text(holder)
    assert "Done, says the platform" in text(holder)


def test_an_order_that_was_not_done_is_opened_again_and_then_left_to_people(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    ends = (("open", "Opened again", 0), ("escalated", "the operator sees to it", 1))
    for attempt, (state, words, count) in enumerate(ends, start=1):
        holder.hub.settle(order, said=Said.FULFILLED, attempt=attempt)
        holder.hub.look_again(order, INHERITED)
        assert states(holder) == [state]
        assert words in text(holder)
        assert f"jiebang_orders_escalated {count}.0" in holder.get("/metrics").text
    assert "Not done: the number is still there" in text(holder)
    assert "The operator speaks with the platform" in text(holder)
    assert "The platform has until" not in text(holder)
    assert holder.get("/orders").page.form(f"/orders/{order}/revoke") is not None
    holder.post(f"/orders/{order}/revoke")
    assert states(holder) == ["revoked"]
    assert "The operator speaks with the platform" not in text(holder)


def test_a_platform_that_does_not_let_us_check_is_shown_as_such(holder: Visitor) -> None:
    holder.hub.settle(ordered(holder, INHERITED), said=Said.FULFILLED)
    for passed, told in ((timedelta(hours=47), False), (timedelta(hours=1), True)):
        holder.hub.clock.turn(passed)
        holder.prove()
        assert ("The platform has not let us check" in text(holder)) is told
        assert ("We look again, to see that it is true" in text(holder)) is not told
        assert states(holder) == ["fulfilled"]


def test_what_a_front_has_ordered_is_told_with_the_fronts_name(holder: Visitor) -> None:
    hub, query = holder.hub, found(holder, INHERITED).removeprefix("/queries/")
    proof = at_front(hub)
    with hub.house.database.read() as connection:
        (record,) = queries.found(connection, query)
    wanted = [Wanted(record.id, OrderKind.UNBIND)]
    place_orders(hub.house.database, proof, wanted=wanted, now=hub.clock.now, policy=hub.house.policy)
    assert "Placed through 南风掌厅" in text(holder)
    assert "通过“南风掌厅”提交" in text(Visitor(hub, language="zh", cookies=holder.cookies))


def test_who_took_a_step_through_a_front_is_told_at_that_step(holder: Visitor) -> None:
    hub, order = holder.hub, ordered(holder, INHERITED)
    assert "南风掌厅" not in text(holder)
    revoke_order(
        hub.house.database, at_front(hub), order_id=order, now=hub.clock.now, policy=hub.house.policy
    )
    assert "through 南风掌厅" in text(holder)
    assert "Placed through" not in text(holder)


def test_a_denial_is_told_with_its_reason_in_words(holder: Visitor) -> None:
    holder.hub.settle(ordered(holder, INHERITED), said=Said.DENIED, reason=Denial.LEGAL_HOLD)
    assert states(holder) == ["denied"]
    assert "The law requires the platform to keep this record for now." in text(holder)


def test_an_order_can_be_taken_back_until_it_is_settled(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    assert holder.post(f"/orders/{order}/revoke").headers["location"] == "/orders"
    assert states(holder) == ["revoked"]
    reply = holder.post(f"/orders/{order}/revoke")
    assert (reply.status, "has ended" in reply.alert) == (409, True)


def test_a_platform_that_does_not_let_the_owner_object_in_time_is_shown_to_be_early(holder: Visitor) -> None:
    order = ordered(holder, UNCERTAIN)
    assert "The account’s owner can object until" in text(holder)
    holder.hub.settle(order, said=Said.FULFILLED)
    assert "It said so while the account’s owner could still object." in text(holder)
    assert '"early":true' in holder.get("/orders/evidence.json").text


def test_a_record_with_an_order_shows_how_it_stands_instead_of_buttons(holder: Visitor) -> None:
    path = found(holder, INHERITED)
    holder.order(path)
    page = holder.get(path).page
    assert page.form("/orders") is None
    assert "Take the number off: Placed" in text(holder, path)


def test_after_a_denial_the_record_can_be_ordered_about_again(holder: Visitor) -> None:
    path = found(holder, INHERITED)
    holder.order(path)
    order = holder.get("/orders").page.having("data-order")[0].attributes["data-order"]
    holder.hub.settle(order, said=Said.DENIED, reason=Denial.OTHER)
    assert holder.get(path).page.form("/orders") is not None


def test_a_record_that_is_back_after_it_was_freed_can_be_ordered_about_again(holder: Visitor) -> None:
    holder.hub.settle(ordered(holder, INHERITED), said=Said.FULFILLED)
    holder.hub.clock.turn(timedelta(minutes=1))
    assert holder.get(found(holder, INHERITED)).page.form("/orders") is not None


def test_closing_an_account_names_the_days_in_which_it_can_be_taken_back(holder: Visitor) -> None:
    path = found(holder, OWN)
    holder.order(path, kind="deregister")
    assert "The platform hears of it at 27 Nov 2026 14:30." in text(holder)
    assert "We remind you by text at 26 Nov 2026 14:30." in text(holder)


def test_nobody_can_close_an_earlier_holders_account_whatever_the_form_says(holder: Visitor) -> None:
    path = found(holder, INHERITED)
    reply = holder.order(path, kind="deregister")
    assert (reply.status, "can never be closed" in reply.alert) == (403, True)
    assert [part.attributes["data-record"] for part in reply.page.having("data-record")]
    assert states(holder) == []


def test_nobody_can_close_what_may_be_somebody_elses(holder: Visitor) -> None:
    reply = holder.order(found(holder, UNCERTAIN), kind="deregister")
    assert (reply.status, "not certain whose account" in reply.alert) == (403, True)


def test_forms_that_were_tampered_with_change_nothing(holder: Visitor) -> None:
    path = found(holder, OWN)
    query = ("query", path.removeprefix("/queries/"))
    for fields, status in (
        ([query, ("kind", "unbind")], 422),
        ([query, ("kind", "unbind"), ("record", "bnd_nobody")], 404),
        ([query, ("kind", "destroy"), ("record", "bnd_nobody")], 422),
        ([("kind", "unbind"), ("record", "bnd_nobody")], 422),
    ):
        assert holder.post("/orders", fields).status == status
    assert states(holder) == []


def test_an_order_that_nobody_placed_is_not_found(holder: Visitor) -> None:
    assert holder.post("/orders/ord_nobody/revoke").status == 404


def test_an_overdue_order_is_shown_as_overdue_whether_or_not_it_was_swept(holder: Visitor) -> None:
    ordered(holder, INHERITED)
    holder.hub.clock.turn(timedelta(days=9))
    holder.prove()
    assert states(holder) == ["expired"]
    assert "Overdue" in text(holder)
    assert "It should have been done by 2 Dec 2026 08:00" in text(holder)


def test_the_way_back_to_the_answers_is_shown_to_whom_they_belong(holder: Visitor) -> None:
    path = found(holder, OWN)
    onward = holder.order(path).headers["location"]
    assert f'href="{path}"' in holder.get(onward).text
    assert "Back to what uses your number" not in holder.get("/orders?query=qry_nobody").text


def test_the_page_looks_again_while_something_moves(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    again = holder.get("/orders").page.having("hx-get")[0].attributes["hx-get"]
    assert holder.get(again).status == 204
    holder.post(f"/orders/{order}/revoke")
    assert holder.get("/orders").page.having("hx-get") == []
