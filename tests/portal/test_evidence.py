"""What a holder takes along of their orders."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from jiebang.domain.outcome import Said
from jiebang.portal.evidence_page import page
from jiebang.wire.evidence import read_evidence, verify_evidence
from jiebang.wire.pages import verify_pages
from tests.evidence import given
from tests.portal.hub import INHERITED, Hub
from tests.portal.test_orders import ordered
from tests.portal.visitor import Visitor


def test_the_evidence_about_one_order_is_behind_a_link_beside_it(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    ordered(holder, replace(INHERITED, handle="another"))
    path = f"/orders/{order}/evidence.json"
    assert f'href="{path}"' in holder.get("/orders").text
    reply = holder.get(path)
    assert reply.headers["content-disposition"] == f'attachment; filename="{order}.json"'
    assert reply.headers["cache-control"] == "no-store"
    evidence = verify_evidence(reply.text.encode(), key=holder.hub.house.sealer.verifier())
    assert [one.order_id for one in evidence.orders] == [order]


def test_all_orders_come_in_one_file_each_with_the_last_that_was_said(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    assert 'href="/orders/evidence.json"' in holder.get("/orders").text
    for said, state in ((Said.ACCEPTED, "in_progress"), (Said.FULFILLED, "fulfilled")):
        holder.hub.settle(order, said=said)
        text = holder.get("/orders/evidence.json").text
        assert f'"state":"{state}"' in text


def test_people_get_pages_with_the_same_file_inside(holder: Visitor) -> None:
    order = ordered(holder, INHERITED)
    page = holder.get("/orders").text
    for path, name in ((f"/orders/{order}/evidence.pdf", order), ("/orders/evidence.pdf", "orders")):
        assert f'href="{path}"' in page
        reply = holder.get(path)
        assert reply.text.startswith("%PDF")
        assert reply.headers["content-disposition"] == f'attachment; filename="{name}.pdf"'
        evidence, whole = verify_pages(reply.content, key=holder.hub.house.sealer.verifier())
        assert ([one.order_id for one in evidence.orders], whole) == ([order], True)


def test_a_page_tells_in_both_languages_what_was_asked_and_what_became_of_it() -> None:
    pages = [one.extract_text() for one in PdfReader(BytesIO(given().pages)).pages]
    assert len(pages) == 3
    silent, done, denied = (" ".join(one.split()) for one in pages)
    assert "平台已逾期。 The platform missed this deadline." in silent
    assert "平台表示已办结 Done, says the platform" in done
    assert "还有余额 “2”" in denied
    assert "平台已签名。 Signed by the platform." in denied


def test_a_page_tells_of_a_platform_that_did_not_let_the_owner_object_in_time() -> None:
    told = read_evidence(given().file)
    done = told.orders[1]
    last = replace(done.entries[-1], entry={**done.entries[-1].entry, "early": True})
    early = replace(told, orders=[replace(done, entries=[*done.entries[:-1], last])])
    pages = PdfReader(BytesIO(page(early, sign=lambda _: "none"))).pages
    (shown,) = (" ".join(one.extract_text().split()) for one in pages)
    assert "It said so while the account’s owner could still object." in shown


def test_where_nothing_was_ordered_there_is_no_evidence(holder: Visitor) -> None:
    for path in ("/orders/evidence.json", "/orders/ord_nobody/evidence.json"):
        assert holder.get(path).status == 404
    assert "evidence.json" not in holder.get("/orders").text


@pytest.mark.parametrize("path", ["/orders/evidence.json", "/orders/ord_1/evidence.json"])
def test_nobody_gets_evidence_without_a_proof(hub: Hub, path: str) -> None:
    assert Visitor(hub).get(path).headers["location"] == "/?said=first"
