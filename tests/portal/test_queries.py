"""The page of answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import BoundSource, OrderKind, RecordKind
from jiebang.domain.span import Span
from tests.build import NOW, OTHER_NUMBER, POLICY
from tests.portal.hub import BANK, INHERITED, OWN, SHOP, SOCIAL, UNCERTAIN, Hub, opened
from tests.portal.visitor import Visitor


def standings(holder: Visitor, path: str) -> dict[str, str]:
    parts = holder.get(path).page.having("data-standing")
    return {part.attributes["data-platform"]: part.attributes["data-standing"] for part in parts}


def answered(holder: Visitor, *bindings: object) -> str:
    path = holder.ask(SHOP)
    holder.hub.answer(path.removeprefix("/queries/"), SHOP, *bindings)  # type: ignore[arg-type]  # they are
    return path


def text(holder: Visitor, path: str) -> str:
    return holder.get(path).words


def test_records_are_shown_by_whose_they_are(holder: Visitor) -> None:
    page = holder.get(answered(holder, INHERITED, OWN, UNCERTAIN)).page
    shown = [
        (part.attributes["data-origin"], part.attributes["data-kind"]) for part in page.having("data-record")
    ]
    assert shown == [("inherited", "account"), ("own", "account"), ("uncertain", "account")]


def test_answers_arrive_one_by_one_and_nothing_found_is_said(holder: Visitor) -> None:
    path = holder.ask(SHOP, BANK)
    assert standings(holder, path) == {SHOP: "waiting", BANK: "waiting"}
    holder.hub.answer(path.removeprefix("/queries/"), BANK)
    assert standings(holder, path) == {SHOP: "waiting", BANK: "answered"}
    assert "Nothing on this number" in text(holder, path)
    assert "1 of 2 platforms have answered." in text(holder, path)


def test_slow_and_silent_are_shown_as_such_and_never_as_nothing_found(hub: Hub) -> None:
    holder = Visitor(hub).prove()
    path = holder.ask(SOCIAL)
    for passed, standing in ((timedelta(hours=5), "slow"), (POLICY.answer_silent, "silent")):
        hub.clock.now = NOW + passed
        holder.prove()
        assert standings(holder, path) == {SOCIAL: standing}
        assert "No answer is not the same as nothing found" in text(holder, path)
        assert "Nothing on this number" not in text(holder, path)


@pytest.mark.parametrize(
    ("language", "none", "some"),
    [
        ("en", "None seen so far; it has not looked everywhere yet", "One record so far; it has not"),
        ("zh", "目前尚未发现，还没有全部查完", "目前找到 1 条记录，尚未全部查完"),
    ],
)
def test_none_seen_so_far_is_shown_as_such_and_never_as_nothing_found(
    hub: Hub, language: str, none: str, some: str
) -> None:
    holder = Visitor(hub, language=language).prove()
    path = holder.ask(SHOP, BANK)
    hub.answer(path.removeprefix("/queries/"), SHOP, complete=False)
    hub.answer(path.removeprefix("/queries/"), BANK, OWN, complete=False)
    for passed, standing in ((timedelta(), "waiting"), (POLICY.answer_silent, "silent")):
        hub.clock.now = NOW + passed
        holder.prove()
        assert standings(holder, path) == {SHOP: standing, BANK: standing}
        assert all(words in text(holder, path) for words in (none, some))
        assert not any(words in text(holder, path) for words in ("Nothing on this number", "没有这个号码"))
    hub.answer(path.removeprefix("/queries/"), SHOP)
    assert standings(holder, path) == {SHOP: "answered", BANK: "silent"}
    assert none not in text(holder, path)


@pytest.mark.parametrize(
    ("bound", "source", "sentence"),
    [
        (OWN.bound, BoundSource.NATIVE, "18 Jun 2026 exactly known"),
        (Span(NOW, NOW), BoundSource.NATIVE, "24 Nov 2026 exactly known"),
        (UNCERTAIN.bound, BoundSource.ACCOUNT_CREATED, "The account was made on 9 Aug 2020; the number was"),
        (Span(None, NOW), BoundSource.FIRST_SEEN, "First seen on 24 Nov 2026; bound then or before."),
        (Span(None, NOW), BoundSource.UNKNOWN, "The platform does not know when."),
    ],
)
def test_a_card_says_when_the_number_was_bound_and_how_well_that_is_known(
    holder: Visitor, bound: Span, source: BoundSource, sentence: str
) -> None:
    assert sentence in text(holder, answered(holder, replace(OWN, bound=bound, bound_source=source)))


def test_a_card_says_what_else_the_platform_knows(holder: Visitor) -> None:
    record = replace(OWN, other_logins=0, conditions=("余额 ¥12.40",), last_used=NOW - timedelta(days=9))
    said = text(holder, answered(holder, record))
    assert "only way into this account" in said
    assert "To be settled first: 余额 ¥12.40" in said
    assert "15 Nov 2026" in said


def test_one_button_frees_all_that_was_left_behind_and_nothing_else(holder: Visitor) -> None:
    label = replace(INHERITED, handle="label", kind=RecordKind.LABEL, can=frozenset({OrderKind.UNBIND}))
    page = holder.get(answered(holder, INHERITED, label, OWN, UNCERTAIN)).page
    left = [
        part.attributes["data-record"]
        for part in page.having("data-record")
        if part.attributes["data-origin"] == "inherited"
    ]
    form = next(form for form in page.forms if form.part.attributes.get("id") == "free-all")
    assert sorted(value for name, value in form.fields if name == "record") == sorted(left)
    assert ("kind", "unbind") in form.fields


def test_only_own_accounts_can_be_ticked_to_be_closed(holder: Visitor) -> None:
    page = holder.get(answered(holder, INHERITED, OWN, UNCERTAIN)).page
    form = next(form for form in page.forms if form.part.attributes.get("id") == "closing")
    origins = {
        part.attributes["data-record"]: part.attributes["data-origin"] for part in page.having("data-record")
    }
    assert [origins[value] for name, value in form.boxes if name == "record"] == ["own"]


def test_an_uncertain_records_owner_is_heard_until_a_time_that_is_named(holder: Visitor) -> None:
    assert "They can object until 1 Dec 2026 14:30" in text(holder, answered(holder, UNCERTAIN))


def test_what_a_platform_does_not_offer_has_no_button(holder: Visitor) -> None:
    page = holder.get(path := answered(holder, replace(INHERITED, can=frozenset()))).page
    assert page.form("/orders") is None
    assert "does not let this be done from here" in text(holder, path)


def test_without_a_carriers_word_nothing_is_called_own_or_inherited(sqlite_url: str) -> None:
    with opened(sqlite_url, recycled=False) as hub:
        holder = Visitor(hub).prove()
        path = answered(holder, INHERITED, OWN)
        origins = [part.attributes["data-origin"] for part in holder.get(path).page.having("data-record")]
        assert origins == ["uncertain", "uncertain"]
        assert "has not told us since when" in text(holder, path)


def test_a_page_that_waits_looks_again_and_one_that_has_everything_does_not(holder: Visitor) -> None:
    path = holder.ask(SHOP)
    waiting = holder.get(path)
    assert [part.attributes["hx-trigger"] for part in waiting.page.having("hx-get")] == ["every 1s"]
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in waiting.text
    assert "http-equiv" not in holder.get(f"{path}?still=1").text
    holder.hub.answer(path.removeprefix("/queries/"), SHOP)
    assert holder.get(path).page.having("hx-get") == []


def test_a_look_that_finds_nothing_new_changes_nothing(holder: Visitor) -> None:
    path = holder.ask(SHOP)
    again = holder.get(path).page.having("hx-get")[0].attributes["hx-get"]
    assert holder.get(again).status == 204
    holder.hub.answer(path.removeprefix("/queries/"), SHOP, OWN)
    assert holder.get(again).status == 200


def test_somebody_elses_query_is_not_found(holder: Visitor) -> None:
    path = holder.ask(SHOP)
    stranger = Visitor(holder.hub)
    asked = stranger.post("/proofs", [("number", OTHER_NUMBER.e164)]).headers["location"]
    stranger.post(asked, [("code", holder.hub.code(asked.removeprefix("/proofs/")))])
    assert stranger.get(path).status == 404
