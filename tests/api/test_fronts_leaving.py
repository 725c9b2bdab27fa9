"""A front goes with a holder through what is left on a number, up to the word to their carrier."""

import json
from datetime import timedelta
from typing import Any

import pytest

from jiebang.api.reports import BATCH
from jiebang.domain.showing import ShownBy
from jiebang.domain.span import Span
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.flows.set_change_url import set_change_url
from jiebang.flows.sweep import sweep
from tests.api.asking import RECORD, outcome, signed
from tests.api.front import OWN, Front, code_of
from tests.api.hub import CARRIER, FRONT, SHOP, Hub
from tests.build import NUMBER, OTHER_NUMBER, change
from tests.memory import picture, unchanged

PURSE = OWN | {"handle": "purse", "class": "payment", "conditions": ["empty it"]}
EITHER = RECORD | {"handle": "either", "bound": {"at": None, "precision": "instant", "source": "unknown"}}


@pytest.fixture
def front(hub: Hub) -> Front:
    """An app, and a leaver in front of it: two accounts of their own, one that may be, one left behind."""
    front = Front(hub).prove()
    front.ask(RECORD, OWN, PURSE, EITHER)
    return front


def items(front: Front) -> dict[str, dict[str, Any]]:
    """What there is to go through, by what makes each different."""
    listed = front.call("GET", "/checklist").json()["items"]
    named = {("payment", "own"): "purse", ("shopping", "own"): "own", ("shopping", "uncertain"): "either"}
    return {named[item["class"], item["origin"]]: item for item in listed}


def decide(front: Front, **choices: str) -> None:
    """Decide about items."""
    listed = items(front)
    said = [{"record": listed[name]["id"], "choice": choice} for name, choice in choices.items()]
    assert front.call("POST", "/choices", {"choices": said}).status_code == 204


def entries(hub: Hub, what: str) -> list[str]:
    """The journal's entries of one kind."""
    return [row for row in picture(hub.house.database)["journal"] if what in row]


def test_the_list_says_what_is_most_urgent_and_what_can_be_done(front: Front) -> None:
    set_change_url(front.hub.house.database, SHOP, url="https://shop.example/number")
    listed = front.call("GET", "/checklist").json()
    assert {name: listed[name] for name in ("asked", "answered", "awaited", "finished")} == {
        "asked": 1, "answered": 1, "awaited": 0, "finished": False,
    }  # fmt: skip
    assert [item["urgency"] for item in listed["items"]] == ["money", "daily", "daily"]
    purse, either = items(front)["purse"], items(front)["either"]
    assert (purse["conditions"], purse["change_url"]) == (["empty it"], "https://shop.example/number")
    assert (purse["offers"], purse["choices"]) == (["unbind", "deregister"], ["moved", "kept"])
    assert (either["offers"], either["choices"]) == (["unbind"], ["mine", "moved", "kept"])
    assert {item["stand"] for item in listed["items"]} == {"undecided"}
    assert not {"handle", "choice"} & purse.keys()


def test_what_the_network_alone_has_shown_is_not_offered_to_be_closed(front: Front) -> None:
    front.prove(ShownBy.NETWORK)
    assert items(front)["purse"]["offers"] == ["unbind"]


def test_what_was_chosen_is_on_the_list_and_by_whom_is_in_the_journal(front: Front) -> None:
    decide(front, purse="moved", own="kept", either="mine")
    assert {name: (item["choice"], item["stand"]) for name, item in items(front).items()} == {
        "purse": ("moved", "moved"), "own": ("kept", "kept"), "either": ("mine", "undecided"),
    }  # fmt: skip
    made = entries(front.hub, "choice:made")
    assert (len(made), all(FRONT in row for row in made)) == (3, True)
    assert "https" not in str(items(front))


def test_that_a_record_is_the_holders_is_shown_with_the_record(front: Front) -> None:
    decide(front, either="mine")
    query_id = items(front)["either"]["query_id"]
    records = front.call("GET", f"/queries/{query_id}").json()["records"]
    assert [(one["origin"], one["choice"]) for one in records if "choice" in one] == [("uncertain", "mine")]


def test_what_is_ordered_waits_and_is_freed_in_the_end(front: Front) -> None:
    (placed,) = front.order((items(front)["own"]["id"], "unbind")).json()["orders"]
    ordered = items(front)["own"]
    assert (ordered["stand"], ordered["offers"], ordered["choices"]) == ("ordered", [], [])
    told = {"outcomes": [signed(front.hub, outcome(placed["id"]))]}
    front.hub.call("POST", "/platform/v1/outcomes", told)
    assert items(front)["own"]["stand"] == "freed"


def test_what_was_ordered_stays_on_the_list_when_its_answer_is_erased(front: Front) -> None:
    (placed,) = front.order((items(front)["own"]["id"], "unbind")).json()["orders"]
    house = front.hub.house
    sweep(house.database, now=front.hub.clock() + house.policy.answers_kept, policy=house.policy)
    listed = front.prove().call("GET", "/checklist").json()
    (item,) = listed["items"]
    assert (item["order_id"], item["stand"], item["label"]) == (placed["id"], "ordered", placed["label"])
    assert not {"id", "query_id", "class", "urgency"} & item.keys()
    assert (listed["asked"], listed["open_orders"], listed["finished"]) == (0, 1, False)


def test_who_has_not_answered_is_named(front: Front) -> None:
    front.call("POST", "/queries", {"platforms": [SHOP]})
    listed = front.call("GET", "/checklist").json()
    assert [(one["platform"]["id"], one["standing"]) for one in listed["unanswered"]] == [(SHOP, "waiting")]
    assert (listed["asked"], listed["answered"], listed["awaited"]) == (1, 0, 1)


def test_what_was_chosen_goes_with_the_carriers_report_that_the_number_has_left(front: Front) -> None:
    hub = front.hub
    decide(front, purse="moved")
    assert len(picture(hub.house.database)["choices"]) == 1
    said = {"number": NUMBER.e164, "at": hub.clock().isoformat()}
    left = {
        "specversion": "1.0", "type": "org.jiebang.change.disconnected", "source": "/lines", "id": "1",
        "data": said,
    }  # fmt: skip
    token = {"Authorization": f"Bearer {hub.token(CARRIER)}", "Content-Type": BATCH}
    told = hub.calls.post("/carrier/v1/changes", content=json.dumps([left]), headers=token)
    assert (told.status_code, picture(hub.house.database)["choices"]) == (204, [])


def test_many_choices_are_remembered_or_none_is(front: Front) -> None:
    own, purse = items(front)["own"]["id"], items(front)["purse"]["id"]
    wrong = [
        ([], (403, "nothing_ticked")),
        ([(own, "kept"), ("bnd_none", "kept")], (404, "unknown_binding")),
        ([(own, "kept"), (purse, "mine")], (403, "not_in_doubt")),
        ([(own, "forgotten")], (422, "not_understood")),
    ]
    for said, refusal in wrong:
        choices = [{"record": record, "choice": choice} for record, choice in said]
        with unchanged(front.hub.house.database):
            assert code_of(front.call("POST", "/choices", {"choices": choices})) == refusal


def test_a_strangers_list_is_empty_and_they_decide_about_nothing(front: Front) -> None:
    said = {"choices": [{"record": items(front)["own"]["id"], "choice": "kept"}]}
    stranger = Front(front.hub).prove(number=OTHER_NUMBER)
    assert items(stranger) == {}
    assert code_of(stranger.call("POST", "/choices", said)) == (404, "unknown_binding")


def test_nothing_left_is_stated_when_all_is_decided_and_not_before(front: Front) -> None:
    decide(front, purse="moved", own="kept", either="mine")
    with unchanged(front.hub.house.database):
        assert code_of(front.call("POST", "/statement")) == (409, "not_finished")
    decide(front, either="kept")
    assert front.call("GET", "/checklist").json()["finished"] is True
    said = front.call("POST", "/statement").json()
    counts = {"asked": 1, "answered": 1, "freed": 0, "moved": 1, "kept": 2}
    assert said == {"said_at": said["said_at"], **counts}
    assert front.call("GET", "/checklist").json()["stated_at"] == said["said_at"]
    (heard,) = front.hub.call("GET", "/carrier/v1/statements", by=CARRIER).json()["statements"]
    assert heard == {"number": NUMBER.e164, "on": heard["on"], **counts}
    (entry,) = entries(front.hub, "statement:made")
    assert FRONT in entry


def test_nothing_is_stated_while_an_order_is_open_or_an_answer_may_come(front: Front) -> None:
    decide(front, purse="moved", own="kept", either="kept")
    own = items(front)["own"]["id"]
    (placed,) = front.order((own, "unbind")).json()["orders"]
    assert code_of(front.call("POST", "/statement")) == (409, "not_finished")
    front.call("POST", f"/orders/{placed['id']}/revocation")
    front.call("POST", "/queries", {"platforms": [SHOP]})
    assert code_of(front.call("POST", "/statement")) == (409, "not_finished")


def test_where_no_carrier_serves_the_number_there_is_nobody_to_tell(hub: Hub) -> None:
    front = Front(hub).prove(number=OTHER_NUMBER)
    front.ask(EITHER)
    decide(front, either="kept")
    assert code_of(front.call("POST", "/statement")) == (409, "nobody_to_tell")


def test_who_has_left_states_nothing_and_orders_nothing(front: Front) -> None:
    house, now = front.hub.house, front.hub.clock()
    left = [change(ChangeKind.DISCONNECTED, Span(now, now + timedelta(hours=1)))]
    verdicts = load_changes(house.database, CARRIER, changes=left, now=now, policy=house.policy)
    assert [one.refusal for one in verdicts] == [None]
    assert code_of(front.call("POST", "/statement")) == (403, "not_your_proof")
    front.prove()
    assert code_of(front.call("POST", "/statement")) == (409, "number_left")
    assert code_of(front.order(("bnd_1", "unbind"))) == (409, "number_left")


def test_a_token_to_read_with_sees_the_list_and_decides_nothing(front: Front) -> None:
    hub = front.hub
    token = hub.grant(FRONT, scope="holder.read").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Jiebang-Proof": front.proof}
    seen = hub.calls.get("/holder/v1/checklist", headers=headers)
    assert (seen.status_code, len(seen.json()["items"])) == (200, 3)
    said = {"choices": [{"record": seen.json()["items"][0]["id"], "choice": "kept"}]}
    for path, body in (("choices", said), ("statement", None)):
        refused = hub.calls.post(f"/holder/v1/{path}", headers=headers, json=body)
        assert code_of(refused) == (403, "missing_scope")
