"""Chromium as a phone: what is on its screen is photographed, and checked for everybody."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SCREENSHOTS = Path("var/screenshots")
PHONE, DESK = (390, 844), (1280, 900)
_VIEW = ViewportSize(width=PHONE[0], height=PHONE[1])
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_AXE = resources.files("axe_playwright_python").joinpath("axe.min.js")
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_LEAST_TARGET = 44
_EXPECTED = "Failed to load resource: the server responded with a status of 4"
"""What Chromium says of every page that refuses something."""

_FAULTS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(one => [one.id, one.nodes.map(node => node.html)]);
}"""
_TARGETS = "button, .button, select, summary, nav a, input, label:has(input)"
_TOO_SMALL = """([targets, least]) => [...document.querySelectorAll(targets)]
  .filter(one => one.type !== "hidden" && one.type !== "checkbox" && one.checkVisibility())
  .filter(one => one.getBoundingClientRect().height < least)
  .map(one => one.outerHTML)"""


@dataclass
class Screen:
    """One tab on a phone, named after who looks at it."""

    page: Page
    judge: Page
    """Where axe-core runs: the page itself, or, where that runs no scripts, a copy of what it shows."""
    name: str
    complaints: list[str] = field(default_factory=list)
    """What Chromium itself found wrong: scripts that failed, and what the page's policy forbids."""

    def look(self, at: str) -> None:
        """Photograph the page by day and by night, on a phone and on a desk, and check it for everybody."""
        if self.judge is not self.page:
            self._copy()
        for (width, height), scheme in product((DESK, PHONE), _SCHEMES):
            for page in {self.page, self.judge}:
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            picture = SCREENSHOTS / f"{at}-{self.name}-{scheme}-{width}.png"
            self.page.screenshot(path=picture, full_page=True)
            assert self.faults() == [], f"axe-core on {picture}"
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{at} is too wide"
        assert self.page.evaluate(_TOO_SMALL, [_TARGETS, _LEAST_TARGET]) == []
        assert self.complaints == []

    def faults(self) -> list[str]:
        """Let axe-core find what shuts people out."""
        if self.judge.evaluate("typeof window.axe") == "undefined":
            self.judge.evaluate(_AXE.read_text(encoding="utf-8"))
        return [json.dumps(one, ensure_ascii=False) for one in self.judge.evaluate(_FAULTS)]

    def press(self, selector: str) -> None:
        """Press what is there to be pressed, and wait for the page that comes."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def heard(self, message: ConsoleMessage) -> None:
        """Keep what Chromium complains of."""
        if message.type in {"error", "warning"} and not message.text.startswith(_EXPECTED):
            self.complaints.append(message.text)

    def _copy(self) -> None:
        shown = re.sub(r"<script.*?</script>|</?noscript>", "", self.page.content(), flags=re.DOTALL)
        address = self.page.url
        self.judge.route(address, lambda route: route.fulfill(body=shown, content_type="text/html"))
        self.judge.goto(address)
        self.judge.unroute(address)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; nothing is fetched for it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def screen(browser: Browser, *, language: str, scripted: bool) -> Iterator[Screen]:
    """Open a tab of somebody who has never been here, and who reads that language."""
    context = browser.new_context(locale=language, java_script_enabled=scripted, viewport=_VIEW)
    page = context.new_page()
    judge = page if scripted else browser.new_page(locale=language, viewport=_VIEW)
    opened = Screen(page, judge, f"{language}-{'scripted' if scripted else 'plain'}")
    page.on("console", opened.heard)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    judge.close()
    context.close()
