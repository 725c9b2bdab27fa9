"""What every page has, and who may post."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.build import NUMBER
from tests.memory import unchanged
from tests.portal.visitor import Visitor

FORM = [("number", NUMBER.e164)]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://hub.example.evil.example"},
    ],
)
def test_another_site_cannot_post_in_a_holders_name(visitor: Visitor, headers: dict[str, str]) -> None:
    reply = visitor.post("/proofs", FORM, **headers)
    assert (reply.status, "nothing was done" in reply.alert) == (403, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin", "origin": "null"},
        {"sec_fetch_site": "none"},
        {"origin": "https://hub.example"},
    ],
)
def test_our_own_pages_can_post_from_old_browsers_too(visitor: Visitor, headers: dict[str, str]) -> None:
    assert visitor.post("/proofs", FORM, **headers).status == 303


@pytest.mark.parametrize("path", ["/", "/nowhere", "/proofs/prf_nobody", "/platforms", "/language/zh"])
def test_every_answer_is_kept_out_of_caches_frames_and_other_sites(visitor: Visitor, path: str) -> None:
    headers = visitor.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_no_page_needs_what_its_policy_forbids(holder: Visitor) -> None:
    for path in ("/", "/platforms", "/orders", "/nowhere"):
        page = holder.get(path).page
        assert page.having("style") == []
        assert [part for part in page.parts if part.tag == "style"] == []
        scripts = [part.attributes.get("src", "") for part in page.parts if part.tag == "script"]
        assert all(source.startswith("/static/") for source in scripts)


def test_a_session_that_is_too_old_leads_back_to_the_first_page_with_a_word(holder: Visitor) -> None:
    holder.hub.clock.turn(timedelta(minutes=30))
    reply = holder.get("/orders")
    assert (reply.status, reply.headers["location"]) == (303, "/?said=stale")
    assert "too long since you proved your number" in holder.get("/?said=stale").text
    assert "jiebang" not in holder.cookies


def test_a_page_that_looks_again_after_its_session_is_led_away_as_a_whole(visitor: Visitor) -> None:
    reply = visitor.get("/orders", hx_request="true")
    assert (reply.status, reply.headers["hx-redirect"]) == (204, "/?said=first")


def test_a_session_that_nobody_opened_opens_nothing(visitor: Visitor) -> None:
    visitor.cookies["jiebang"] = "made-up"
    assert visitor.get("/platforms").headers["location"] == "/?said=stale"
    assert visitor.get("/").status == 200


def test_an_address_that_leads_nowhere_says_so_on_a_page(visitor: Visitor) -> None:
    reply = visitor.get("/nowhere")
    assert (reply.status, "There is nothing here" in reply.text) == (404, True)
    assert visitor.get("/sign-out").status == 405


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85"])
def test_an_address_with_a_control_character_is_refused_and_breaks_nothing(
    holder: Visitor, character: str
) -> None:
    where, odd = holder.ask(), quote(f"a{character}b")
    with unchanged(holder.hub.house.database):
        for path in (
            f"/proofs/a{character}b", f"/queries/a{character}b", f"/orders/a{character}b/evidence.json",
            f"{where}/closing?record={odd}&record=a", f"/orders?query={odd}", f"/language/en?next={odd}",
        ):  # fmt: skip
            reply = holder.get(path)
            assert (reply.status, reply.alert) == (422, "What was said cannot be understood."), path


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/proofs", {"number": "a\x00"}),
        ("/proofs/prf_1", {"code": "a\x00"}),
        ("/queries", {"platform": "a\x00"}),
        ("/orders", {"query": "qry_1", "kind": "unbind", "record": "a\x00"}),
        ("/orders", {"query": "a\x00", "kind": "deregister", "record": "a"}),
        ("/choices", {"query": "qry_1", "record": "a\x00", "choice": "mine"}),
        ("/leaving/choices", {"record": "a\x00", "choice": "kept"}),
        ("/orders/a\x00/revoke", {}),
    ],
)
def test_a_form_with_a_control_character_is_refused_and_breaks_nothing(
    holder: Visitor, path: str, fields: dict[str, str]
) -> None:
    with unchanged(holder.hub.house.database):
        reply = holder.post(path, [*fields.items(), ("record", "last")])
    assert (reply.status, reply.alert) == (422, "What was said cannot be understood.")


def test_what_was_pasted_with_a_tab_and_a_line_end_is_a_number_all_the_same(visitor: Visitor) -> None:
    assert visitor.post("/proofs", [("number", f"\t{NUMBER.e164}\r\n")]).status == 303


def test_nothing_of_a_number_stands_in_an_address_or_a_title(holder: Visitor) -> None:
    where = holder.ask()
    page = holder.get(where).page
    title = next(part.text for part in page.parts if part.tag == "title")
    assert title == "What uses your number · Jiebang"
    assert NUMBER.e164[-4:] not in where


def test_static_files_are_kept_by_browsers_under_addresses_that_change_with_them(visitor: Visitor) -> None:
    links = [part.attributes.get("href", "") for part in visitor.get("/").page.parts if part.tag == "link"]
    for address in links:
        assert "?v=" in address
        assert "immutable" in visitor.get(address).headers["cache-control"]
