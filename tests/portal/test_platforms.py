"""The page on which platforms are ticked."""

from tests.portal.hub import BANK, PLATFORMS, SHOP
from tests.portal.visitor import Visitor


def test_no_platform_is_ticked_until_somebody_ticks_it(holder: Visitor) -> None:
    form = holder.get("/platforms").page.form("/queries")
    assert form is not None
    assert form.boxes == [("platform", one) for one in PLATFORMS]
    assert form.fields == []


def test_all_can_be_ticked_without_a_script_to_be_looked_over(holder: Visitor) -> None:
    form = holder.get("/platforms?ticked=all").page.form("/queries")
    assert form is not None
    assert form.fields == [("platform", one) for one in PLATFORMS]


def test_only_what_was_ticked_is_asked(holder: Visitor) -> None:
    page = holder.get(holder.ask(SHOP, BANK)).page
    asked = {part.attributes["data-platform"] for part in page.having("data-standing")}
    assert asked == {SHOP, BANK}


def test_nothing_ticked_is_refused_on_the_same_page(holder: Visitor) -> None:
    reply = holder.post("/queries", [])
    assert (reply.status, reply.alert) == (422, "That did not work Choose at least one.")
    assert reply.page.form("/queries") is not None


def test_a_platform_that_never_joined_cannot_be_asked(holder: Visitor) -> None:
    assert holder.post("/queries", [("platform", "par_nobody")]).status == 404
    assert holder.post("/queries", [("platform", "par_carrier")]).status == 404


def test_who_has_proven_nothing_is_sent_to_the_first_page(visitor: Visitor) -> None:
    for path in ("/platforms", "/orders", "/queries/qry_any"):
        assert visitor.get(path).headers["location"] == "/?said=first"
    assert "prove your number first" in visitor.get("/?said=first").text
