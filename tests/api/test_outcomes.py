"""Outcomes: each judged on its own, the same again changes nothing, and nobody settles another's order."""

import hashlib
from typing import Any

import pytest

from jiebang.domain.order import Denial, State
from jiebang.store import journal, orders, receipts
from tests.api.asking import order, outcome, signed
from tests.api.hub import SHOP, SOCIAL, Hub
from tests.build import NUMBER
from tests.memory import unchanged


def tell(hub: Hub, *outcomes: dict[str, Any], by: str = SHOP) -> list[dict[str, Any]]:
    """Send a batch of outcomes, signed, and read how each fared."""
    return send(hub, *(signed(hub, one, by) for one in outcomes), by=by)


def send(hub: Hub, *outcomes: dict[str, Any], by: str = SHOP) -> list[dict[str, Any]]:
    """Send a batch of outcomes as they are, and read how each fared."""
    told = hub.call("POST", "/platform/v1/outcomes", {"outcomes": outcomes}, by=by)
    assert told.status_code == 200
    return list(told.json()["results"])


@pytest.mark.parametrize(
    ("said", "state"),
    [("accepted", State.IN_PROGRESS), ("fulfilled", State.FULFILLED), ("denied", State.DENIED)],
)
def test_an_outcome_moves_its_order_once(hub: Hub, said: str, state: State) -> None:
    placed = order(hub)
    assert tell(hub, outcome(placed.id, said)) == [{"order_id": placed.id, "status": "recorded"}]
    with unchanged(hub.house.database):
        assert tell(hub, outcome(placed.id, said))[0]["status"] == "already"
    with hub.house.database.read() as connection:
        assert orders.get(connection, placed.id, number=NUMBER).state is state
        steps = orders.timelines(connection, [placed.id])[placed.id]
    assert [step.state for step in steps] == [State.OPEN, state]


def test_a_denial_keeps_its_reason_and_words(hub: Hub) -> None:
    placed = order(hub)
    tell(hub, outcome(placed.id, "denied", reason="last_login", words="There is no other way in."))
    with hub.house.database.read() as connection:
        denied = orders.get(connection, placed.id, number=NUMBER)
    assert (denied.reason, denied.words) == (Denial.LAST_LOGIN, "There is no other way in.")


def test_what_has_ended_otherwise_cannot_be_moved(hub: Hub) -> None:
    placed = order(hub)
    tell(hub, outcome(placed.id, "denied"))
    with unchanged(hub.house.database):
        (fared,) = tell(hub, outcome(placed.id))
    assert (fared["status"], fared["refusal"]["code"]) == ("refused", "order_ended")


def test_nobody_settles_an_order_of_another_platform(hub: Hub) -> None:
    placed = order(hub)
    hub.token(SOCIAL)
    with unchanged(hub.house.database):
        (fared,) = tell(hub, outcome(placed.id), by=SOCIAL)
    assert fared["refusal"] == {"code": "unknown_order", "title": "There is no such order for you."}


def test_each_item_of_a_batch_is_judged_on_its_own_in_its_order(hub: Hub) -> None:
    placed = order(hub)
    fared = tell(
        hub, outcome("ord_none"), outcome(placed.id, "accepted"), outcome(placed.id), outcome(placed.id)
    )
    assert [one["status"] for one in fared] == ["refused", "recorded", "recorded", "already"]
    assert [one["order_id"] for one in fared] == ["ord_none", placed.id, placed.id, placed.id]


def false_receipts(hub: Hub, order_id: str, other_id: str) -> dict[str, dict[str, Any]]:
    """Write outcomes of an order whose receipts do not fit, by what is wrong with them."""
    right = signed(hub, outcome(order_id))
    return {
        "none": outcome(order_id),
        "another's key": signed(hub, outcome(order_id), key=hub.keys[SOCIAL]),
        "another order": outcome(order_id) | {"receipt": signed(hub, outcome(other_id))["receipt"]},
        "another outcome": signed(hub, outcome(order_id, "accepted")) | {"outcome": "fulfilled"},
        "another time": right | {"at": "2026-11-24T07:00:01Z"},
        "more words": right | {"words": "and more"},
        "one bit": right | {"receipt": right["receipt"][:-20] + "A" * 20},
    }


def test_a_receipt_that_does_not_fit_is_refused_and_noted(hub: Hub) -> None:
    placed, other = order(hub), order(hub, "account-2")
    tried = false_receipts(hub, placed.id, other.id)
    for wrong, said in tried.items():
        (fared,) = send(hub, said)
        assert fared["refusal"]["code"] == "false_receipt", wrong
    with hub.house.database.read() as connection:
        assert orders.get(connection, placed.id, number=NUMBER).state is State.OPEN
        noted = journal.of_orders(connection, [placed.id])[placed.id]
        assert receipts.of_orders(connection, [placed.id]) == {}
    assert [entry.what for entry in noted] == ["order:moved", *["receipt:refused"] * len(tried)]


def test_a_receipt_is_kept_as_it_was_signed_and_the_journal_names_it(hub: Hub) -> None:
    placed = order(hub)
    said = signed(hub, outcome(placed.id))
    send(hub, said, said)
    with hub.house.database.read() as connection:
        assert receipts.of_orders(connection, [placed.id]) == {placed.id: [said["receipt"]]}
        moved = journal.of_orders(connection, [placed.id])[placed.id][-1]
    assert moved.said["receipt"] == hashlib.sha256(said["receipt"].encode()).hexdigest()
