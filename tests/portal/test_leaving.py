"""The list of a holder who gives a number up, on their screen and on paper."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from jiebang.domain.binding import RecordClass
from jiebang.flows.set_change_url import set_change_url
from jiebang.flows.sweep import sweep
from tests.build import NUMBER
from tests.portal.hub import BANK, INHERITED, OWN, PLATFORMS, SHOP, SOCIAL, Hub
from tests.portal.visitor import Reply, Visitor

PURSE = replace(OWN, handle="purse", record_class=RecordClass.PAYMENT)


def leaver(hub: Hub, language: str = "en") -> Visitor:
    """Somebody who has asked two platforms, and has an account at each."""
    visitor = Visitor(hub, language).prove()
    query_id = visitor.ask(SHOP, BANK).removeprefix("/queries/")
    hub.answer(query_id, SHOP, INHERITED, OWN)
    hub.answer(query_id, BANK, PURSE)
    return visitor


def items(reply: Reply) -> list[tuple[str, str]]:
    """Which platforms' items the page lists, and how each stands."""
    found = reply.page.having("data-item")
    return [(part.attributes["data-platform"], part.attributes["data-stand"]) for part in found]


def decide(visitor: Visitor, choice: str) -> None:
    """Decide the same about every item."""
    for part in visitor.get("/leaving").page.having("data-item"):
        fields = [("record", part.attributes["data-item"]), ("choice", choice)]
        where = visitor.post("/leaving/choices", fields).headers["location"]
        assert where == f"/leaving#{part.attributes['data-item']}"


@pytest.mark.parametrize(("language", "said"), [("en", "Before you give your number up"), ("zh", "弃号之前")])
def test_whom_a_carrier_sends_here_is_told_what_it_is_for(hub: Hub, language: str, said: str) -> None:
    reply = Visitor(hub, language).get("/leaving")
    assert (reply.status, said in reply.words) == (200, True)


def test_who_has_not_asked_is_led_to_the_platforms(hub: Hub) -> None:
    reply = Visitor(hub).prove().get("/leaving")
    assert "Ask first, so that nothing is forgotten" in reply.words
    assert "Tell my carrier" not in reply.words


def test_money_comes_first_with_its_reason(hub: Hub) -> None:
    reply = leaver(hub).get("/leaving")
    assert items(reply) == [(BANK, "undecided"), (SHOP, "undecided")]
    assert "could pay, borrow or trade in your name" in reply.words


def test_where_a_platform_has_a_page_to_change_the_number_the_list_leads_there(hub: Hub) -> None:
    visitor = leaver(hub)
    assert "Change the number there" not in visitor.get("/leaving").words
    set_change_url(hub.house.database, BANK, url="https://bank.example/number")
    assert visitor.get("/leaving").text.count('href="https://bank.example/number"') == 1


def test_what_is_decided_stays_decided_after_signing_out(hub: Hub) -> None:
    visitor = leaver(hub)
    decide(visitor, "moved")
    visitor.post("/sign-out")
    assert {stand for _, stand in items(Visitor(hub).prove().get("/leaving"))} == {"moved"}


def test_at_the_end_the_carrier_is_told_when_the_holder_wishes(hub: Hub) -> None:
    visitor = leaver(hub)
    decide(visitor, "kept")
    assert "Print this page" in visitor.get("/leaving").words
    assert visitor.post("/leaving/statement").headers["location"] == "/leaving#statement"
    assert "You told your carrier at 14:30 that nothing is left." in visitor.get("/leaving").words


def test_before_the_end_the_carrier_is_not_told(hub: Hub) -> None:
    visitor = leaver(hub)
    assert "Tell my carrier" not in visitor.get("/leaving").words
    reply = visitor.post("/leaving/statement")
    assert (reply.status, "still undecided or open" in reply.alert) == (409, True)


def test_a_choice_about_what_is_not_on_ones_list_is_refused(hub: Hub) -> None:
    visitor = leaver(hub)
    reply = visitor.post("/leaving/choices", [("record", "bnd_none"), ("choice", "kept")])
    assert reply.status == 404


@pytest.mark.parametrize(
    ("language", "said", "again"),
    [("en", "Ordered earlier", "Ask this platform again"), ("zh", "此前申请的", "再次查询该平台")],
)
def test_what_was_ordered_stays_on_the_list_when_its_answer_is_erased(
    hub: Hub, language: str, said: str, again: str
) -> None:
    visitor = Visitor(hub, language).prove()
    path = visitor.ask(SHOP)
    hub.answer(path.removeprefix("/queries/"), SHOP, OWN)
    visitor.order(path)
    hub.clock.turn(hub.house.policy.answers_kept + timedelta(minutes=1))
    sweep(hub.house.database, now=hub.clock.now, policy=hub.house.policy)
    late = Visitor(hub, language).prove()
    assert (items(late.get("/leaving")), said in late.get("/leaving").words) == ([(SHOP, "ordered")], True)
    order_id = late.get("/orders").page.having("data-order")[0].attributes["data-order"]
    late.post(f"/orders/{order_id}/revoke")
    reply = late.get("/leaving")
    assert (items(reply), again in reply.words) == ([(SHOP, "undecided")], True)


def hidden(reply: Reply, action: str) -> list[tuple[str, str]]:
    """What a form of the page sends by itself."""
    form = reply.page.form(action)
    assert form is not None
    return form.fields


def test_whom_a_carrier_sends_here_comes_back_to_the_list_with_the_number_proven(hub: Hub) -> None:
    visitor, back = Visitor(hub), ("back", "/leaving")
    assert 'href="/?back=%2Fleaving"' in visitor.get("/leaving").text
    assert back in hidden(visitor.get("/?back=%2Fleaving"), "/proofs")
    assert back in hidden(visitor.post("/proofs", [("number", "12"), back]), "/proofs")
    path = visitor.post("/proofs", [("number", NUMBER.e164), back]).headers["location"]
    proof_id = path.removeprefix("/proofs/").removesuffix("?back=%2Fleaving")
    page = visitor.get(path)
    assert back in hidden(page, f"/proofs/{proof_id}")
    assert 'href="/?back=%2Fleaving">Send a new code' in page.text
    proven = visitor.post(f"/proofs/{proof_id}", [("code", hub.code(proof_id)), back])
    assert proven.headers["location"] == "/leaving"
    assert 'href="/leaving">Continue' in visitor.get("/?back=%2Fleaving").text


@pytest.mark.parametrize("back", ["//elsewhere.example", "https://elsewhere.example", "javascript:alert()"])
def test_nobody_is_led_from_the_first_page_to_another_site(hub: Hub, back: str) -> None:
    page = Visitor(hub).prove().get(f"/?{urlencode({'back': back})}")
    assert "elsewhere" not in page.text
    assert "javascript" not in page.text


@pytest.mark.parametrize(("language", "said"), [("en", "Back to your list"), ("zh", "返回您的清单")])
def test_who_asks_from_the_list_is_led_back_to_it(hub: Hub, language: str, said: str) -> None:
    visitor = Visitor(hub, language).prove()
    assert 'href="/platforms?leaving=1&amp;ticked=all"' in visitor.get("/leaving").text
    assert ("leaving", "1") in hidden(visitor.get("/platforms?leaving=1&ticked=all"), "/queries")
    where = visitor.post("/queries", [("platform", SHOP), ("leaving", "1")]).headers["location"]
    assert said in visitor.get(where).words
    assert said not in visitor.get(where.partition("?")[0]).words


@pytest.mark.parametrize(
    ("language", "day", "all_of_it", "answered"),
    [
        ("en", "As of 26 Nov 2026.", " All is decided.", " All that was answered is decided."),
        ("zh", "截至 2026年11月26日。", " 全部处理完毕。", " 已答复的内容全部处理完毕。"),
    ],
)
def test_the_end_says_its_day_and_names_who_has_not_answered(
    hub: Hub, language: str, day: str, all_of_it: str, answered: str
) -> None:
    visitor = Visitor(hub, language).prove()
    path = visitor.ask(SHOP, SOCIAL)
    hub.answer(path.removeprefix("/queries/"), SHOP)
    assert all_of_it not in visitor.get("/leaving").words
    hub.clock.turn(hub.house.policy.answer_silent)
    late = Visitor(hub, language).prove().get("/leaving")
    [silent] = late.page.having("data-standing")
    assert (silent.attributes["data-platform"], silent.attributes["data-standing"]) == (SOCIAL, "silent")
    assert PLATFORMS[SOCIAL] in late.words
    assert [one in late.words for one in (day, answered, all_of_it)] == [True, True, False]
    hub.answer(path.removeprefix("/queries/"), SOCIAL)
    assert all_of_it in Visitor(hub, language).prove().get("/leaving").words
