"""Before accounts are closed a page says what that means, and a code of the last minutes is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import Binding, OrderKind
from tests.build import POLICY
from tests.portal.hub import INHERITED, OWN, SHOP, UNCERTAIN, Hub
from tests.portal.visitor import Fields, Reply, Visitor

OLDER = replace(OWN, handle="older", other_logins=0, conditions=("余额 ¥12.40",))


def found(holder: Visitor, *bindings: Binding) -> tuple[str, list[str]]:
    """Ask the shop, and give the address of its answers and the records in them."""
    path = holder.ask(SHOP)
    holder.hub.answer(path.removeprefix("/queries/"), SHOP, *bindings)
    return path, [part.attributes["data-record"] for part in holder.get(path).page.having("data-record")]


def weighing(path: str, records: list[str]) -> str:
    """Write the address to which the ticks lead."""
    return f"{path}/closing?" + "&".join(f"record={one}" for one in records)


def close(holder: Visitor, path: str, records: list[str]) -> Reply:
    """Send the form that closes."""
    fields: Fields = [("query", path.removeprefix("/queries/")), ("kind", "deregister")]
    return holder.post("/orders", fields + [("record", one) for one in records])


def orders(holder: Visitor) -> int:
    """Count the holder's orders."""
    return len(holder.get("/orders").page.having("data-order"))


def test_what_must_be_settled_first_is_shown_of_each_account_before_anything_is_ordered(
    holder: Visitor,
) -> None:
    path, records = found(holder, OWN, OLDER)
    reply = holder.get(weighing(path, records))
    assert [part.attributes["data-closing"] for part in reply.page.having("data-closing")] == records
    for said in (
        "Before you close 2 accounts", "To be settled first: 余额 ¥12.40", "only way into this account",
        "names nothing that has to be settled first", "until 27 Nov 2026 14:30",
        "We remind you by text at 26 Nov 2026 14:30.", "Whether your SIM was changed lately is not checked",
    ):  # fmt: skip
        assert said in reply.words
    assert orders(holder) == 0
    form = reply.page.form("/orders", key="kind", value="deregister")
    assert form is not None
    assert holder.post("/orders", form.fields).status == 303
    assert orders(holder) == 2


def test_an_old_proof_leads_through_a_code_and_back_to_what_was_ticked(hub: Hub, holder: Visitor) -> None:
    path, records = found(holder, OWN, OLDER)
    hub.clock.turn(POLICY.fresh_proof)
    address = weighing(path, records)
    again = holder.get(address).page.form("/proofs/again")
    assert again is not None
    onward = holder.post("/proofs/again", again.fields).headers["location"]
    form = holder.get(onward).page.forms[-1]
    code = hub.code(form.action.removeprefix("/proofs/"))
    assert holder.post(form.action, [*form.fields, ("code", "no")]).status == 422
    back = holder.post(form.action, [*form.fields, ("code", code)]).headers["location"]
    assert back == address
    assert holder.get(back).page.form("/orders") is not None
    assert close(holder, path, records).status == 303


def test_a_proof_that_grew_old_on_the_page_closes_nothing(hub: Hub, holder: Visitor) -> None:
    path, records = found(holder, OWN)
    hub.clock.turn(POLICY.fresh_proof)
    reply = close(holder, path, records)
    assert (reply.status, "prove the number once more" in reply.alert) == (422, True)
    assert reply.page.form("/proofs/again") is not None
    assert orders(holder) == 0


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "x"])
def test_no_way_back_leads_elsewhere(holder: Visitor, elsewhere: str) -> None:
    proof = holder.post("/proofs/again", [("back", elsewhere)]).headers["location"]
    path = proof.partition("?")[0]
    code = holder.hub.code(path.removeprefix("/proofs/"))
    assert holder.post(path, [("code", code), ("back", elsewhere)]).headers["location"] == "/platforms"


def test_who_has_proven_nothing_can_prove_nothing_again(visitor: Visitor) -> None:
    assert visitor.post("/proofs/again").headers["location"].startswith("/?said=")


@pytest.mark.parametrize(
    ("binding", "status", "said"),
    [
        (INHERITED, 403, "can never be closed"),
        (UNCERTAIN, 403, "not certain whose account"),
        (replace(OWN, can=frozenset({OrderKind.UNBIND})), 409, "does not offer that"),
    ],
)
def test_what_nobody_may_close_is_refused_before_it_is_weighed(
    holder: Visitor, binding: Binding, status: int, said: str
) -> None:
    reply = holder.get(weighing(*found(holder, binding)))
    assert (reply.status, said in reply.alert) == (status, True)


def test_nothing_ticked_unknown_and_already_ordered_lead_back_with_a_word(holder: Visitor) -> None:
    path, records = found(holder, OWN)
    assert "Choose at least one" in holder.get(f"{path}/closing").alert
    assert holder.get(weighing(path, ["bnd_nobody"])).status == 404
    close(holder, path, records)
    holder.hub.clock.turn(timedelta(seconds=1))
    assert holder.get(weighing(path, records)).status == 409


def test_an_order_to_close_is_taken_back_with_one_tap(holder: Visitor) -> None:
    close(holder, *found(holder, OWN))
    page = holder.get("/orders").page
    [form] = [form for form in page.forms if form.action.endswith("/revoke")]
    holder.post(form.action, form.fields)
    assert [part.attributes["data-state"] for part in holder.get("/orders").page.having("data-order")] == [
        "revoked"
    ]
