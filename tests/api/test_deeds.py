"""What a front did is in the journal, and its holder is told of it, at whichever door."""

from collections import Counter
from datetime import timedelta

import pytest

from jiebang.domain.deed import DeedKind
from jiebang.domain.span import Span
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from tests.api.asking import RECORD
from tests.api.front import OWN, Front
from tests.api.hub import CARRIER, FRONT, OTHER_FRONT, Hub
from tests.build import NUMBER, change
from tests.memory import picture


def deeds(front: Front) -> Counter[tuple[str, str]]:
    """Which fronts did what, as one of them is told."""
    return Counter((one["front"]["id"], one["kind"]) for one in front.call("GET", "/held").json()["deeds"])


def everything(front: Front) -> None:
    """Do all that a front can do, but for forgetting."""
    front.prove()
    own = front.ask(OWN)["records"][0]["id"]
    order_id = front.order((own, "unbind")).json()["orders"][0]["id"]
    front.call("POST", f"/orders/{order_id}/revocation")
    front.call("POST", "/choices", {"choices": [{"record": own, "choice": "kept"}]})
    for path in ("/orders", f"/orders/{order_id}", "/checklist", "/evidence"):
        assert front.call("GET", path).status_code == 200
    assert front.call("POST", "/statement").status_code == 200


def test_everything_that_a_front_did_is_told_with_its_name(hub: Hub) -> None:
    everything(Front(hub))
    told = deeds(Front(hub, OTHER_FRONT).prove())
    assert told.pop((OTHER_FRONT, "proof:shown")) == 1
    assert told == {(FRONT, kind.value): 1 for kind in DeedKind if kind is not DeedKind.NUMBER_FORGOTTEN}


def test_a_deed_says_when_it_was_how_the_number_was_shown_and_which_order_it_is_about(hub: Hub) -> None:
    front = Front(hub).prove()
    order_id = front.free()
    placed, asked, shown = front.call("GET", "/held").json()["deeds"]
    assert (placed["kind"], placed["order_id"]) == ("order:placed", order_id)
    assert asked.keys() == {"kind", "at", "front"}
    assert (shown["shown_by"], shown["asserted"], shown["front"]["name"]) == ("in_person", True, FRONT)
    assert placed["at"] > asked["at"] > shown["at"]


def test_the_journal_has_it_under_the_front_and_names_nobody(hub: Hub) -> None:
    everything(Front(hub))
    rows = picture(hub.house.database)["journal"]
    for what in ("proof:shown", "query:put", "choice:made", "statement:made", "evidence:taken"):
        assert [FRONT in row and "prf_" in row for row in rows if what in row] == [True], what
    written = "".join(rows)
    assert [name for name in (NUMBER.e164, OWN["handle"], OWN["label"]) if name in written] == []


def test_what_a_front_looks_at_again_and_again_is_noted_once_for_each_proof(hub: Hub) -> None:
    front = Front(hub).prove()
    front.free()
    for _ in range(3):
        front.call("GET", "/orders")
        front.call("GET", "/checklist")
    assert (deeds(front)[FRONT, "orders:seen"], deeds(front)[FRONT, "checklist:seen"]) == (1, 1)
    front.prove().call("GET", "/orders")
    assert deeds(front)[FRONT, "orders:seen"] == 2


def test_a_front_wipes_no_traces_away(hub: Hub) -> None:
    front = Front(hub).prove()
    front.ask()
    assert front.call("DELETE", "/held").status_code == 204
    told = deeds(Front(hub, OTHER_FRONT).prove())
    assert told[FRONT, "query:put"] == told[FRONT, "number:forgotten"] == 1


def test_every_step_of_an_order_names_the_front_that_took_it(hub: Hub) -> None:
    order_id = Front(hub).prove().free()
    revoked = Front(hub, OTHER_FRONT).prove().call("POST", f"/orders/{order_id}/revocation").json()
    assert [step["through"] for step in revoked["steps"]] == [FRONT, OTHER_FRONT]


@pytest.mark.parametrize("left", [True, False])
def test_the_next_holder_is_not_told_what_fronts_did_before(hub: Hub, *, left: bool) -> None:
    front = Front(hub).prove()
    front.ask(RECORD)
    now = hub.clock()
    hub.clock.ahead += timedelta(minutes=10)
    if left:
        turned = [
            change(ChangeKind.DISCONNECTED, Span(now, now)),
            change(ChangeKind.ASSIGNED, Span(now, now), "n"),
        ]
        load_changes(hub.house.database, CARRIER, changes=turned, now=hub.clock(), policy=hub.house.policy)
    told = deeds(Front(hub, OTHER_FRONT).prove())
    assert ((FRONT, "query:put") in told) is not left
