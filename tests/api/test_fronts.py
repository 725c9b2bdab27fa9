"""A front does for a holder all that the portal does, with the proof that it was given, and no other's."""

from datetime import timedelta

import pytest

from jiebang.domain.showing import ShownBy
from jiebang.domain.span import Span
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from tests.api.asking import RECORD, outcome
from tests.api.asking import signed as receipted
from tests.api.front import Front, code_of
from tests.api.hub import FRONT, ISSUER, OTHER_FRONT, SHOP, SOCIAL, Hub
from tests.build import NUMBER, OTHER_NUMBER, change
from tests.memory import unchanged
from tests.wire.forge import signed

NOT_YOURS = (403, "not_your_proof")
NOT_TRUSTED = (403, "bad_assertion")


@pytest.fixture
def front(hub: Hub) -> Front:
    """An app that has shown itself."""
    return Front(hub)


def test_a_code_proves_a_number_and_the_answer_is_the_same_for_any(front: Front) -> None:
    known = front.call("POST", "/proofs", {"number": NUMBER.e164})
    unknown = front.call("POST", "/proofs", {"number": OTHER_NUMBER.e164})
    assert (known.status_code, unknown.status_code) == (201, 201)
    assert known.json().keys() == unknown.json().keys() == {"proof_id", "code_until"}
    given = front.tell(known.json()["proof_id"]).json()
    assert (given["shown_by"], given["enough_for"]) == ("code", ["unbind", "deregister"])
    front.proof = given["proof"]
    assert [one["id"] for one in front.call("GET", "/platforms").json()["platforms"]] == [SHOP, SOCIAL]


def test_a_wrong_code_says_how_many_are_left_and_then_until_when_the_number_is_locked(front: Front) -> None:
    proof_id = front.start()
    for left in (4, 3, 2, 1):
        refused = front.tell(proof_id, "no")
        assert (*code_of(refused), refused.json()["tries_left"]) == (403, "wrong_code", left)
    locked = front.tell(proof_id, "no")
    assert code_of(locked) == (429, "code_locked")
    assert 890 < int(locked.headers["retry-after"]) < 902
    assert code_of(front.call("POST", "/proofs", {"number": NUMBER.e164})) == (429, "code_locked")


def test_another_front_and_the_portal_cannot_tell_the_code(front: Front, hub: Hub) -> None:
    proof_id = front.start()
    assert code_of(Front(hub, OTHER_FRONT).tell(proof_id)) == (404, "unknown_proof")
    assert hub.calls.post(f"/proofs/{proof_id}", data={"code": "123456"}).status_code == 404
    assert front.tell(proof_id).status_code == 200


@pytest.mark.parametrize("number", ["13800138055", "+86138", "", "+1 (800) 555"])
def test_what_is_no_number_is_refused_and_not_repeated(front: Front, number: str) -> None:
    refused = front.call("POST", "/proofs", {"number": number})
    assert code_of(refused) == (400, "not_a_number")
    assert "138" not in refused.text


@pytest.mark.parametrize("shown_by", ShownBy)
def test_a_front_is_believed_how_the_holder_has_shown_the_number(front: Front, shown_by: ShownBy) -> None:
    given = front.claim(front.signed(shown_by)).json()
    enough = ["unbind"] if shown_by is ShownBy.NETWORK else ["unbind", "deregister"]
    assert (given["shown_by"], given["enough_for"]) == (shown_by.value, enough)
    front.proof = given["proof"]
    assert front.call("GET", "/orders").json() == {"orders": []}


def test_a_fronts_word_is_good_once(front: Front) -> None:
    word = front.signed()
    assert front.claim(word).status_code == 201
    with unchanged(front.hub.house.database, but="tallies"):
        assert code_of(front.claim(word)) == NOT_TRUSTED


def test_a_word_of_another_front_or_for_another_hub_or_too_old_is_not_taken(front: Front) -> None:
    hub, other = front.hub, Front(front.hub, OTHER_FRONT)
    hub.token(FRONT)
    said = {
        "iss": FRONT, "aud": ISSUER, "jti": "one", "iat": int(hub.clock().timestamp()),
        "exp": int(hub.clock().timestamp()) + 60, "phone_number": NUMBER.e164, "shown_by": "code",
    }  # fmt: skip
    wrong = [
        other.signed(),
        signed(said, key=hub.keys[OTHER_FRONT], typ="jiebang-showing+jwt"),
        signed({**said, "aud": "https://elsewhere.example"}, key=hub.keys[FRONT], typ="jiebang-showing+jwt"),
        signed(said, key=hub.keys[FRONT], typ="JWT"),
    ]
    old = front.signed()
    hub.clock.ahead += timedelta(minutes=2)
    with unchanged(hub.house.database):
        assert [code_of(front.claim(word)) for word in [*wrong, old]] == [NOT_TRUSTED] * 5


def test_a_number_is_freed_through_a_front_step_by_step(front: Front) -> None:
    front.prove()
    seen = front.ask()
    assert [(one["origin"], one["offers"]) for one in seen["records"]] == [
        ("inherited", ["unbind"]), ("own", ["unbind", "deregister"]),
    ]  # fmt: skip
    assert [one["standing"] for one in seen["platforms"]] == ["answered"]
    left = seen["records"][0]["id"]
    (placed,) = front.order((left, "unbind")).json()["orders"]
    assert (placed["state"], placed["placed_through"], placed["revocable"]) == ("open", FRONT, True)
    told = {"outcomes": [receipted(front.hub, outcome(placed["id"]))]}
    front.hub.call("POST", "/platform/v1/outcomes", told)
    order = front.call("GET", f"/orders/{placed['id']}").json()
    assert [(step["state"], step["by"]) for step in order["steps"]] == [("open", FRONT), ("fulfilled", SHOP)]
    assert (order["steps"][1]["said_at"], order["ahead"]) == ("2026-11-24T07:00:00Z", ["verified"])
    (again,) = front.call("GET", f"/queries/{seen['id']}").json()["records"][:1]
    assert (again["offers"], again["order"]["state"]) == ([], "fulfilled")


def test_a_platform_that_does_not_let_the_owner_object_in_time_is_told_to_be_early(front: Front) -> None:
    unknown = {"bound": {"at": None, "precision": "day", "source": "unknown"}}
    (record,) = front.prove().ask(RECORD | unknown)["records"]
    (placed,) = front.order((record["id"], "unbind")).json()["orders"]
    told = {"outcomes": [receipted(front.hub, outcome(placed["id"]))]}
    front.hub.call("POST", "/platform/v1/outcomes", told)
    steps = front.call("GET", f"/orders/{placed['id']}").json()["steps"]
    assert [step.get("early") for step in steps] == [None, True]


def test_what_is_shown_of_a_record_is_all_that_the_portal_shows_and_never_its_handle(front: Front) -> None:
    more = {"last_used": "2025-11-02T08:00:00Z", "other_logins": 0, "conditions": ["settle the bill"]}
    (record,) = front.prove().ask(RECORD | more)["records"]
    assert record["platform"] == {"id": SHOP, "name": SHOP}
    assert (record["kind"], record["class"], record["label"]) == ("account", "shopping", "李**")
    assert record["bound"] == {
        "not_before": "2021-05-05T16:00:00Z", "not_after": "2021-05-06T15:59:59.999999Z", "source": "native",
    }  # fmt: skip
    assert {name: record[name] for name in more} == more
    assert "handle" not in record


def test_many_orders_are_placed_at_once_or_none_and_twice_is_once(front: Front) -> None:
    left, own = (one["id"] for one in front.prove().ask()["records"])
    with unchanged(front.hub.house.database, but="tallies"):
        refused = front.order((own, "unbind"), (left, "deregister"))
    assert code_of(refused) == (403, "not_your_account")
    wishes = ((left, "unbind"), (own, "deregister"))
    first, second = (front.order(*wishes).json()["orders"] for _ in range(2))
    assert [one["kind"] for one in first] == ["unbind", "deregister"]
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert len(front.call("GET", "/orders").json()["orders"]) == 2


def test_the_network_alone_is_enough_to_unbind_and_not_to_close(front: Front) -> None:
    _, own = front.prove(ShownBy.NETWORK).ask()["records"]
    assert own["offers"] == ["unbind"]
    with unchanged(front.hub.house.database, but="tallies"):
        assert code_of(front.order((own["id"], "deregister"))) == (403, "weak_proof")
    assert front.order((own["id"], "unbind")).status_code == 200


def test_an_order_is_taken_back_once(front: Front) -> None:
    order_id = front.prove().free()
    revoked = front.call("POST", f"/orders/{order_id}/revocation").json()
    assert (revoked["state"], revoked["revocable"]) == ("revoked", False)
    assert [step["by"] for step in revoked["steps"]] == [FRONT, FRONT]
    assert code_of(front.call("POST", f"/orders/{order_id}/revocation")) == (409, "order_ended")


CALLS = [
    ("GET", "/platforms", None), ("POST", "/queries", {"platforms": [SHOP]}), ("GET", "/queries/qry_1", None),
    ("POST", "/orders", {"orders": [{"record": "bnd_1", "kind": "unbind"}]}), ("GET", "/orders", None),
    ("GET", "/orders/ord_1", None), ("POST", "/orders/ord_1/revocation", None), ("GET", "/checklist", None),
    ("POST", "/choices", {"choices": [{"record": "bnd_1", "choice": "kept"}]}), ("POST", "/statement", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "said"), CALLS)
def test_a_proof_is_good_for_the_front_that_was_given_it_and_for_no_other(
    sqlite_hub: Hub, method: str, path: str, said: object
) -> None:
    front = Front(sqlite_hub).prove()
    other = Front(sqlite_hub, OTHER_FRONT, front.proof)
    never = Front(sqlite_hub, FRONT, "never given")
    sqlite_hub.token(OTHER_FRONT)
    with unchanged(sqlite_hub.house.database):
        assert code_of(other.call(method, path, said)) == NOT_YOURS
        assert code_of(never.call(method, path, said)) == NOT_YOURS
        missing = sqlite_hub.call(method, f"/holder/v1{path}", said, by=FRONT)
    assert code_of(missing) == (422, "not_understood")
    assert code_of(front.call(method, path, said)) != NOT_YOURS


@pytest.mark.parametrize(("method", "path", "said"), CALLS)
def test_a_proof_grows_too_old(sqlite_hub: Hub, method: str, path: str, said: object) -> None:
    front = Front(sqlite_hub).prove()
    sqlite_hub.clock.ahead += sqlite_hub.house.policy.proof_life
    sqlite_hub.forget_tokens()
    assert code_of(front.call(method, path, said)) == (403, "proof_stale")


@pytest.mark.parametrize("by", [SHOP, "par_carrier"])
def test_only_fronts_act_for_holders(sqlite_hub: Hub, by: str) -> None:
    for method, path, said in [
        *CALLS,
        ("POST", "/proofs", {"number": NUMBER.e164}),
        ("DELETE", "/session", None),
    ]:
        assert code_of(Front(sqlite_hub, by, "x").call(method, path, said)) == (403, "missing_scope")


def test_a_proof_at_the_portal_and_one_through_a_front_are_not_the_same(front: Front) -> None:
    calls = front.prove().hub.calls
    entered = calls.get("/platforms", headers={"Cookie": f"jiebang={front.proof}"}, follow_redirects=False)
    assert entered.headers["location"].startswith("/?said=")
    started = calls.post("/proofs", data={"number": NUMBER.e164}, follow_redirects=False)
    at_portal = started.headers["location"].removeprefix("/proofs/")
    assert code_of(front.tell(at_portal)) == (404, "unknown_proof")


def test_somebody_elses_query_record_and_order_are_unknown(front: Front) -> None:
    order_id = front.prove().free()
    seen = front.ask()
    stranger = Front(front.hub).prove(number=OTHER_NUMBER)
    assert code_of(stranger.call("GET", f"/queries/{seen['id']}")) == (404, "unknown_query")
    assert code_of(stranger.order((seen["records"][1]["id"], "unbind"))) == (404, "unknown_binding")
    assert code_of(stranger.call("GET", f"/orders/{order_id}")) == (404, "unknown_order")
    assert code_of(stranger.call("POST", f"/orders/{order_id}/revocation")) == (404, "unknown_order")
    assert stranger.call("GET", "/orders").json() == {"orders": []}


def test_an_earlier_holders_order_is_unknown_to_the_next(front: Front) -> None:
    order_id, hub = front.prove().free(), front.hub
    ended, again = (hub.clock() + timedelta(days=days) for days in (1, 130))
    hub.clock.ahead += timedelta(days=131)
    hub.forget_tokens()
    turns = [
        change(ChangeKind.DISCONNECTED, Span(ended, ended)),
        change(ChangeKind.ASSIGNED, Span(again, again), "next"),
    ]
    verdicts = load_changes(
        hub.house.database, "par_carrier", changes=turns, now=hub.clock(), policy=hub.house.policy
    )
    assert [one.refusal for one in verdicts] == [None, None]
    front.prove()
    assert code_of(front.call("GET", f"/orders/{order_id}")) == (404, "unknown_order")
    assert code_of(front.call("POST", f"/orders/{order_id}/revocation")) == (404, "unknown_order")
    assert front.call("GET", "/orders").json() == {"orders": []}


def test_a_holder_leaves_and_the_proof_is_gone(front: Front) -> None:
    other = Front(front.hub, OTHER_FRONT, front.prove().proof)
    assert other.call("DELETE", "/session").status_code == 204
    assert front.call("GET", "/orders").status_code == 200
    assert [front.call("DELETE", "/session").status_code for _ in range(2)] == [204, 204]
    assert code_of(front.call("GET", "/orders")) == NOT_YOURS


def test_nothing_ticked_and_nobody_known_are_refused(front: Front) -> None:
    front.prove()
    assert code_of(front.call("POST", "/queries", {"platforms": []})) == (403, "nothing_ticked")
    assert code_of(front.call("POST", "/queries", {"platforms": ["par_nobody"]})) == (404, "unknown_party")
    assert code_of(front.call("POST", "/queries", {"platforms": [FRONT]})) == (404, "unknown_party")
    assert code_of(front.order()) == (403, "nothing_ticked")
