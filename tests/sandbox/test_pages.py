"""Pages are read as a browser without JavaScript reads them."""

import pytest

from jiebang.sandbox.pages import Form, Page

HTML = """
<!doctype html><html><head><meta charset="utf-8"></head><body>
<p class="note bad" role="alert">That is <b>not</b>
  the <i>code</i>.</p>
<form action="/queries" method="post">
  <input type="hidden" name="token" value="t"><input name="number" value="" disabled>
  <input type="checkbox" name="platform" value="par_a" checked>
  <input type="checkbox" name="platform" value="par_b">
  <button name="kind" value="unbind">Go</button>
</form>
<ul>
  <li data-order="ord_1" data-state="open">one<ol><li>step</ol></li>
  <li data-order="ord_2" data-state="verified">two</li>
</ul>
<article data-record="bnd_1">
  <form action="/orders"><input type="hidden" name="record" value="bnd_1"></form>
</article>
<article data-record="bnd_2">
  <form action="/orders"><input type="hidden" name="record" value="bnd_2"></form>
</article>
<form id="all" action="/all"></form><input form="all" name="record" value="bnd_9">
</body></html>
"""


@pytest.fixture
def page() -> Page:
    """Read the page above."""
    return Page(HTML)


def form(page: Page, action: str) -> Form:
    """Find a form that must be there."""
    found = page.form(action)
    assert found is not None
    return found


def test_an_alert_is_heard_whole(page: Page) -> None:
    assert page.alerts == ["That is not the code."]


def test_a_form_sends_what_a_browser_would(page: Page) -> None:
    queries = form(page, "/queries")
    assert queries.fields == [("token", "t"), ("platform", "par_a")]
    assert queries.boxes == [("platform", "par_b")]
    assert queries.buttons == [("kind", "unbind")]


def test_lists_in_lists_are_told_apart(page: Page) -> None:
    assert [part.text for part in page.having("data-order")] == ["one step", "two"]


def test_a_form_is_found_in_the_part_it_belongs_to(page: Page) -> None:
    second = page.having("data-record")[1]
    found = page.form("/orders", within=second)
    assert found is not None
    assert found.fields == [("record", "bnd_2")]


def test_a_control_can_belong_to_a_form_elsewhere_on_the_page(page: Page) -> None:
    assert form(page, "/all").fields == [("record", "bnd_9")]


def test_what_is_styled_alike_is_found(page: Page) -> None:
    body = next(part for part in page.parts if part.tag == "body")
    assert [part.text for part in page.called("bad", body)] == ["That is not the code."]
    assert page.called("ba", body) == []


def test_a_form_that_is_not_there_is_not_found(page: Page) -> None:
    assert page.form("/orders", key="record", value="bnd_3") is None
