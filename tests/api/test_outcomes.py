"""Outcomes: each judged on its own, the same again changes nothing, and nobody settles another's order."""

from typing import Any

import pytest

from jiebang.domain.order import Denial, State
from jiebang.store import orders
from tests.api.asking import order, outcome
from tests.api.hub import SHOP, SOCIAL, Hub
from tests.build import NUMBER
from tests.memory import unchanged


def tell(hub: Hub, *outcomes: dict[str, Any], by: str = SHOP) -> list[dict[str, Any]]:
    """Send a batch of outcomes and read how each fared."""
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
