"""The story of a second-hand number on a phone: in two languages, with and without scripts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from playwright.sync_api import Browser, expect

from jiebang.sandbox import carrier
from jiebang.sandbox.story import ago, leave_behind, local
from jiebang.sandbox.world import IDENTITY, SHOP, Plan, World, opened
from tests.stories.browser import Screen, chromium, screen

LANGUAGES = ("zh-CN", "en")
WALKS = [
    (language, scripted, f"+86136006001{place:02}")
    for place, (language, scripted) in enumerate(product(LANGUAGES, (True, False)))
]
pytestmark = pytest.mark.needs("chromium", "chinese font")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Open a world in which each walk has a recycled number of its own."""
    with opened(Plan(directory=tmp_path_factory.mktemp("browser") / "world")) as world:
        numbers = [number for _, _, number in WALKS]
        for number in numbers:
            leave_behind(world, number, name="林晚秋", login=f"wanqiu{number[-2:]}")
        now = datetime.now(UTC)
        again = timedelta(days=3000)
        world.load(
            row
            for number in numbers
            for row in carrier.recycled(number, first_on=now - again, again_at=datetime.now(UTC))
        )
        yield world


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with chromium() as browser:
        yield browser


def prove(seen: Screen, world: World, number: str) -> None:
    """Start, mistype once, and type the code that was sent."""
    seen.page.goto(world.public_url)
    seen.look("1-start")
    seen.page.fill("#number", "12")
    seen.press("form[action='/proofs'] button")
    seen.look("1-start-refused")
    seen.page.fill("#number", local(number))
    sent = len(world.gateway.texts)
    seen.press("form[action='/proofs'] button")
    seen.look("2-code")
    seen.page.fill("#code", "not it")
    seen.press("main form button")
    seen.look("2-code-refused")
    seen.page.fill("#code", world.gateway.next_code(number, after=sent))
    seen.press("main form button")


def choose(seen: Screen) -> None:
    """Tick nothing, then everything, and ask."""
    seen.look("3-platforms")
    seen.press(".choose .button")
    seen.look("3-platforms-refused")
    seen.press(".pick a")
    seen.look("3-platforms-ticked")
    seen.press(".choose .button")


def still(seen: Screen) -> None:
    """Without scripts a page loads itself anew; hold it while it is looked at."""
    link = seen.page.locator("a[href*='still=1']")
    if link.count():
        with seen.page.expect_navigation():
            link.click()


def watch(seen: Screen, world: World) -> str:
    """See answers arrive one by one, on a page that nobody reloads; returns its address."""
    path = seen.page.url
    expect(seen.page.locator(f"[data-platform={SHOP}][data-standing=answered]")).to_be_visible()
    expect(seen.page.locator(f"[data-platform={IDENTITY}][data-standing=waiting]")).to_be_visible()
    still(seen)
    seen.look("4-answers-waiting")
    seen.page.goto(path)
    world.agents["identity"].start()
    expect(seen.page.locator("[data-origin=uncertain]")).to_be_visible(timeout=30_000)
    expect(seen.page.locator("[data-origin=inherited]")).to_have_count(2)
    seen.look("4-answers")
    return path


def free(seen: Screen, path: str) -> None:
    """Free what was left behind, say of the uncertain one "not mine", and watch until all is verified."""
    seen.press("#free-all-button")
    seen.page.goto(path)
    seen.look("4-answers-ordered")
    seen.press("[data-origin=uncertain] form[action='/orders'] button")
    still(seen)
    seen.look("5-orders-placed")
    seen.page.goto(seen.page.url.split("?", maxsplit=1)[0])
    expect(seen.page.locator("[data-state=verified]")).to_have_count(3, timeout=60_000)
    seen.look("5-orders-verified")


@pytest.mark.parametrize(("language", "scripted", "number"), WALKS)
def test_a_holder_frees_a_number_on_a_phone(
    world: World, browser: Browser, *, language: str, scripted: bool, number: str
) -> None:
    with screen(browser, language=language, scripted=scripted) as seen:
        prove(seen, world, number)
        world.agents["identity"].stop()
        choose(seen)
        path = watch(seen, world)
        assert seen.page.locator("html").get_attribute("lang") == language
        free(seen, path)
        seen.press("form[action='/sign-out'] button")
        seen.look("6-signed-out")
        seen.page.goto(path)
        assert re.search(r"/\?said=first$", seen.page.url)


@pytest.mark.parametrize(
    ("language", "scripted", "number"), [("zh-CN", False, "+8618600600131"), ("en", True, "+8618600600132")]
)
def test_a_holder_looks_before_closing_an_account(
    world: World, browser: Browser, *, language: str, scripted: bool, number: str
) -> None:
    world.shop.sign_up(local(number), "知远", since=ago(1))
    world.load(carrier.fresh(number, since=datetime.now(UTC) - timedelta(days=900)))
    with screen(browser, language=language, scripted=scripted) as seen:
        prove(seen, world, number)
        choose(seen)
        expect(seen.page.locator("[data-origin=own]")).to_be_visible(timeout=30_000)
        seen.page.check("[data-origin=own] input[type=checkbox]")
        seen.look("4-answers-ticked")
        seen.press("#closing-button")
        seen.look("5-closing")
        seen.press("#close-button")
        still(seen)
        seen.look("5-closing-ordered")
        expect(seen.page.locator("[data-state=open]")).to_have_count(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_stays_on_the_page(world: World, browser: Browser, language: str) -> None:
    other = next(one for one in LANGUAGES if one != language)
    with screen(browser, language=language, scripted=True) as seen:
        seen.page.goto(f"{world.public_url}/?said=bye")
        seen.press("[hreflang]")
        assert seen.page.locator("html").get_attribute("lang") == other


def test_a_number_that_is_locked_and_an_address_that_leads_nowhere(world: World, browser: Browser) -> None:
    with screen(browser, language="zh-CN", scripted=True) as seen:
        seen.page.goto(f"{world.public_url}/nowhere")
        seen.look("7-nowhere")
        seen.page.goto(world.public_url)
        seen.page.fill("#number", "13600600999")
        seen.press("form[action='/proofs'] button")
        for _ in range(5):
            seen.page.fill("#code", "not it")
            seen.press("main form button")
        seen.look("2-code-locked")


def test_the_shop_can_be_asked_of_by_keyboard_alone(world: World, browser: Browser) -> None:
    number = "+8618600600123"
    world.shop.sign_up(local(number), "知远", since=ago(1))
    with screen(browser, language="en", scripted=False) as seen:
        seen.page.goto(world.public_url)
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        seen.page.locator("#number").focus()
        seen.page.keyboard.type(number)
        seen.page.keyboard.press("Enter")
        expect(seen.page.locator("#code")).to_be_focused()


def test_a_page_that_shuts_people_out_is_found(browser: Browser) -> None:
    with screen(browser, language="en", scripted=True) as seen:
        seen.page.set_content("<p style='color: #bbb'>Pale</p><img src='data:,'>")
        assert {fault.split('"')[1] for fault in seen.faults()} >= {"color-contrast", "image-alt"}
