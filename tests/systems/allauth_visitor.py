"""Somebody with a browser who walks through allauth's own pages: signs up with a number, comes in by mail."""

from jiebang.sandbox.holder import Holder
from jiebang.sandbox.pages import Page
from tests.systems.allauth import AllauthSystem

_PASSWORD = "a-long-word-7x"
_SIGN_UP, _VERIFY, _LOG_IN = "/accounts/signup/", "/accounts/phone/verify/", "/accounts/login/"


class Visitor:
    """A browser before the site."""

    def __init__(self, site: AllauthSystem) -> None:
        self.site = site
        self.browser = Holder(site.pages, language="en")

    def ask_to_sign_up(self, number: str, *, email: str) -> str:
        """Fill in the first form; gives what the page then says."""
        form = self.browser.visit(_SIGN_UP).form(_SIGN_UP)
        filled = [("phone", number), ("email", email), ("password1", _PASSWORD)]
        return text(self.browser.submit(form, filled))

    def sign_up(self, number: str, *, email: str) -> str:
        """Sign up with the code that is texted to the number; gives who is in at the end."""
        sent = len(self.site.sent(number))
        self.ask_to_sign_up(number, email=email)
        code = self.site.await_code(number, after=sent)
        return text(self.browser.submit(self.browser.page.form(_VERIFY), [("code", code)]))

    def log_in(self, email: str) -> str:
        """Come in without the number; gives who is in."""
        form = self.browser.visit(_LOG_IN).form(_LOG_IN)
        return text(self.browser.submit(form, [("login", email), ("password", _PASSWORD)]))


def text(page: Page) -> str:
    """Read what a page says."""
    return " ".join(part.text for part in page.parts if part.tag == "body")
