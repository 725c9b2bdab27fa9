"""A front can tell a holder all that the portal tells: what closing takes, what is unchecked, and pages."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from jiebang.domain.showing import ShownBy
from jiebang.wire.attachments import ATTACHED
from tests.api.asking import outcome, signed
from tests.api.front import OWN, Front, code_of
from tests.api.hub import FRONT, OTHER_FRONT, Hub
from tests.build import POLICY
from tests.memory import unchanged


@pytest.fixture
def front(hub: Hub) -> Front:
    """An app, and a holder who has shown their number at a counter."""
    return Front(hub).prove()


def at(said: str) -> datetime:
    """Read an instant."""
    return datetime.fromisoformat(said)


def test_what_closing_takes_is_told_before_anything_is_ordered(front: Front) -> None:
    before = front.hub.clock()
    with unchanged(front.hub.house.database):
        told = front.call("GET", "/closing").json()
    assert (told["enough"], told["sim_checked"]) == (True, False)
    assert timedelta(0) <= at(told["leave_at"]) - before - POLICY.cooling_off < timedelta(minutes=1)
    assert at(told["leave_at"]) - at(told["remind_at"]) == POLICY.remind_before
    front.prove(ShownBy.NETWORK)
    assert front.call("GET", "/closing").json()["enough"] is False


def test_an_account_can_be_closed_until_the_proof_is_fresh_no_more(front: Front) -> None:
    given = front.claim(front.signed()).json()
    front.proof = given["proof"]
    until = at(front.call("GET", "/closing").json()["fresh_until"])
    assert until == at(given["fresh_until"])
    own = front.ask(OWN)["records"][0]["id"]
    front.hub.clock.ahead += until - front.hub.clock()
    assert code_of(front.order((own, "deregister"))) == (403, "proof_not_fresh")
    front.hub.clock.ahead -= timedelta(minutes=1)
    assert front.order((own, "deregister")).status_code == 200


def test_an_order_says_when_its_holder_is_reminded(front: Front) -> None:
    left, own = (one["id"] for one in front.ask()["records"])
    unbound, closed = front.order((left, "unbind"), (own, "deregister")).json()["orders"]
    assert at(closed["leave_at"]) - at(closed["remind_at"]) == POLICY.remind_before
    assert "remind_at" not in unbound


def test_an_order_says_that_its_platform_has_not_let_the_hub_check(front: Front) -> None:
    path = f"/orders/{front.free()}"
    told = {"outcomes": [signed(front.hub, outcome(path.removeprefix("/orders/")))]}
    front.hub.call("POST", "/platform/v1/outcomes", told)
    assert front.call("GET", path).json()["unchecked"] is False
    front.hub.clock.ahead += POLICY.answer_silent
    front.hub.forget_tokens()
    late = front.prove().call("GET", path).json()
    assert (late["state"], late["unchecked"], late["ahead"]) == ("fulfilled", True, [])


def test_the_checklist_says_whether_the_number_is_the_last_way_in(front: Front) -> None:
    front.ask(OWN | {"other_logins": 0})
    (item,) = front.call("GET", "/checklist").json()["items"]
    assert item["other_logins"] == 0


def test_people_get_pages_that_name_who_took_an_order_back_with_the_file_inside(front: Front) -> None:
    order_id = front.free()
    Front(front.hub, OTHER_FRONT).prove().call("POST", f"/orders/{order_id}/revocation")
    for path in ("/evidence.pdf", f"/orders/{order_id}/evidence.pdf"):
        given = front.call("GET", path)
        assert (given.status_code, given.headers["content-type"]) == (200, "application/pdf")
        pages = PdfReader(BytesIO(given.content))
        said = " ".join(pages.pages[0].extract_text().split())
        assert f"Through a front: {FRONT}" in said
        assert f"Through a front: {OTHER_FRONT}" in said
        assert order_id in bytes(pages.attachments[ATTACHED][0]).decode()
    assert code_of(front.call("GET", "/orders/ord_nobody/evidence.pdf")) == (404, "unknown_order")
