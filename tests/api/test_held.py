"""A front tells a holder what the hub holds about their number, and has it forgotten."""

from tests.api.front import Front
from tests.api.hub import Hub
from tests.memory import picture


def kinds(front: Front) -> set[str]:
    """Which kinds of things are held."""
    answer = front.call("GET", "/held")
    assert answer.status_code == 200
    return {one["kind"] for one in answer.json()["held"]}


def test_a_front_sees_all_that_is_held(hub: Hub) -> None:
    front = Front(hub).prove()
    front.ask()
    assert {"deeds", "sessions", "queries", "answers"} <= kinds(front)


def test_a_front_has_it_forgotten_and_its_proof_with_it(hub: Hub) -> None:
    front = Front(hub).prove()
    front.ask()
    assert front.call("DELETE", "/held").status_code == 204
    assert front.call("GET", "/held").json()["code"] == "not_your_proof"
    assert picture(hub.house.database)["queries"] == []
    assert kinds(front.prove()).isdisjoint({"queries", "answers"})


def test_nobody_sees_or_forgets_without_a_proof(hub: Hub) -> None:
    front = Front(hub)
    for method in ("GET", "DELETE"):
        assert front.call(method, "/held").json()["code"] == "not_your_proof"
