"""A leaver goes through their list on a phone to the end, in two languages, with and without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from playwright.sync_api import Browser, expect

from jiebang.sandbox import carrier
from jiebang.sandbox.story import ago, local
from jiebang.sandbox.world import Plan, World, opened
from tests.stories.browser import Screen, chromium, screen

LANGUAGES = ("zh-CN", "en")
HELD_SINCE = datetime(2022, 3, 1, tzinfo=UTC)
WALKS = [
    (language, scripted, f"+86186006003{place:02}")
    for place, (language, scripted) in enumerate(product(LANGUAGES, (True, False)))
]
pytestmark = pytest.mark.needs("chromium", "chinese font")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Open a world in which each walk has a number of its own, with an account at the shop."""
    with opened(Plan(directory=tmp_path_factory.mktemp("leaver") / "world")) as world:
        numbers = [number for _, _, number in WALKS]
        world.load(row for number in numbers for row in carrier.fresh(number, since=HELD_SINCE))
        for number in numbers:
            world.shop.sign_up(local(number), "知远", since=ago(1))
        yield world


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once."""
    with chromium() as browser:
        yield browser


def prove(seen: Screen, world: World, number: str) -> None:
    """Come by the carrier's link, and prove the number."""
    seen.page.goto(f"{world.public_url}/leaving")
    seen.look("8-leaving-first")
    seen.press("main .button")
    seen.page.fill("#number", local(number))
    sent = len(world.gateway.texts)
    seen.press("form[action='/proofs'] button")
    seen.page.fill("#code", world.gateway.next_code(number, after=sent))
    seen.press("main form button")


def ask(seen: Screen, world: World) -> None:
    """Find that nobody was asked, and ask everybody."""
    seen.press("nav a[href='/leaving']")
    seen.look("8-leaving-nobody-asked")
    seen.press("main .button")
    seen.press(".choose .button")
    found = seen.page.url
    seen.page.goto(found)
    expect(seen.page.locator("[data-standing=waiting]")).to_have_count(0, timeout=30_000)
    seen.page.goto(f"{world.public_url}/leaving")


@pytest.mark.parametrize(("language", "scripted", "number"), WALKS)
def test_a_leaver_goes_through_the_list_to_the_statement(
    world: World, browser: Browser, *, language: str, scripted: bool, number: str
) -> None:
    with screen(browser, language=language, scripted=scripted) as seen:
        prove(seen, world, number)
        ask(seen, world)
        expect(seen.page.locator("[data-stand=undecided]")).to_have_count(1)
        seen.look("8-leaving-undecided")
        seen.press("[data-item] form:has([value=moved]) button")
        expect(seen.page.locator("[data-stand=moved]")).to_have_count(1)
        seen.look("8-leaving-decided")
        seen.press("#statement button")
        seen.look("8-leaving-stated")
        seen.page.emulate_media(media="print")
        expect(seen.page.locator("#statement dl")).to_be_visible()
        expect(seen.page.locator("#statement button")).to_be_hidden()
        seen.page.emulate_media(media="screen")
        seen.press("nav a[href='/held']")
        seen.look("9-held")
        seen.press("form[action='/forget'] button")
        seen.look("9-held-not-sure")
        seen.page.check("#sure")
        seen.press("form[action='/forget'] button")
        seen.look("9-forgotten")
