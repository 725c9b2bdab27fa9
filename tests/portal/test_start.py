"""The first page."""

from datetime import timedelta

import pytest

from tests.build import NUMBER, OTHER_NUMBER
from tests.portal.visitor import Visitor


def test_the_first_page_asks_for_a_number_read_as_chinese_unless_told_otherwise(visitor: Visitor) -> None:
    form = visitor.get("/").page.form("/proofs")
    assert form is not None
    assert ("number", "") in form.fields
    assert "China +86" in visitor.get("/").text


@pytest.mark.parametrize("typed", ["13800138055", "138 0013 8055", "+86 138-0013-8055", "008613800138055"])
def test_a_number_may_be_typed_as_people_type_it(visitor: Visitor, typed: str) -> None:
    assert visitor.post("/proofs", [("number", typed)]).headers["location"].startswith("/proofs/prf_")


def test_a_number_of_another_country_is_read_as_its_own_people_write_it(visitor: Visitor) -> None:
    american = [("number", OTHER_NUMBER.e164.removeprefix("+1")), ("region", "US")]
    assert visitor.post("/proofs", american).status == 303


@pytest.mark.parametrize("typed", ["", "12", "hello", "13800138055 ext. 4", "+86 1"])
def test_what_is_no_number_is_refused_beside_the_field_and_what_was_typed_is_kept(
    visitor: Visitor, typed: str
) -> None:
    reply = visitor.post("/proofs", [("number", typed), ("region", "CN")])
    assert reply.status == 422
    assert reply.alert.endswith("This is not a telephone number that can exist.")
    field = next(part for part in reply.page.having("id") if part.attributes["id"] == "number")
    assert field.attributes["value"] == typed
    assert field.attributes["aria-describedby"] == "number-hint number-fault"


def test_a_number_that_got_too_many_codes_is_told_until_when(visitor: Visitor) -> None:
    for _ in range(visitor.hub.house.policy.codes_per_hour):
        visitor.start()
    visitor.hub.clock.turn(timedelta(minutes=20))
    reply = visitor.post("/proofs", [("number", NUMBER.e164)])
    assert reply.status == 429
    assert "You can try again at 15:30." in reply.alert


def test_who_has_proven_their_number_need_not_type_it_again(holder: Visitor) -> None:
    page = holder.get("/").page
    assert page.form("/proofs") is None
    assert page.form("/sign-out") is not None


def test_signing_out_closes_the_session_here_and_in_the_browser(holder: Visitor) -> None:
    kept = dict(holder.cookies)
    assert holder.post("/sign-out").headers["location"] == "/?said=bye"
    assert "jiebang" not in holder.cookies
    holder.cookies = kept
    assert holder.get("/platforms").status == 303
