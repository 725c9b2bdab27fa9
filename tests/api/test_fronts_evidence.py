"""What a front takes along for a holder, and how much it may ask for."""

from dataclasses import replace
from datetime import timedelta

from jiebang.wire.evidence import verify_evidence
from tests.api.asking import outcome, signed
from tests.api.front import Front, code_of
from tests.api.hub import OTHER_FRONT, Hub, opened
from tests.build import POLICY
from tests.memory import unchanged


def test_evidence_comes_with_the_hubs_signature_byte_by_byte(hub: Hub) -> None:
    front = Front(hub).prove()
    order_id = front.free()
    denied = signed(hub, outcome(order_id, "denied", reason="legal_hold"))
    hub.call("POST", "/platform/v1/outcomes", {"outcomes": [denied]})
    for path in (f"/orders/{order_id}/evidence", "/evidence"):
        evidence = verify_evidence(front.call("GET", path).content, key=hub.house.sealer.verifier())
        assert [state.value for state, _ in evidence.orders[0].moves()] == ["open", "denied"]
    assert code_of(front.call("GET", "/orders/ord_nobody/evidence")) == (404, "unknown_order")


def test_evidence_is_for_whom_it_is_about(hub: Hub) -> None:
    assert code_of(Front(hub).call("GET", "/evidence"))[1] == "not_your_proof"
    front = Front(hub).prove()
    front.free()
    hub.clock.ahead = POLICY.proof_life + timedelta(seconds=1)
    hub.forget_tokens()
    assert code_of(front.call("GET", "/evidence")) == (403, "proof_stale")


def test_a_front_vouches_for_so_many_numbers_an_hour_and_no_more(database_url: str) -> None:
    with opened(database_url, replace(POLICY, assertions_per_front=2)) as hub:
        front, other = Front(hub), Front(hub, OTHER_FRONT)
        assert code_of(front.claim(other.signed())) == (403, "bad_assertion")
        for _ in range(2):
            front.prove()
        with unchanged(hub.house.database):
            refused = front.claim(front.signed())
        assert code_of(refused) == (429, "too_much")
        assert int(refused.headers["retry-after"]) <= 3600
        other.prove()
        assert front.call("GET", "/orders").status_code == 200


def test_a_front_is_told_when_it_asks_for_too_much_and_when_to_come_back(database_url: str) -> None:
    strict = replace(POLICY, codes_per_front=1, queries_per_day=1, orders_per_day=1, evidence_per_day=1)
    with opened(database_url, strict) as hub:
        front = Front(hub).prove()
        front.start()
        again = front.call("POST", "/proofs", {"number": "+8613800138056"})
        assert code_of(again) == (429, "too_much")
        assert int(again.headers["retry-after"]) <= 3600
        front.free()
        assert code_of(front.call("POST", "/queries", {"platforms": ["par_shop"]})) == (429, "too_much")
        assert code_of(front.order(("bnd_1", "unbind"))) == (429, "too_much")
        assert front.call("GET", "/evidence").status_code == 200
        assert code_of(front.call("GET", "/evidence")) == (429, "too_much")
