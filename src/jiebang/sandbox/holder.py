"""A holder who walks the portal over HTTP, only by reading its pages and sending their forms."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from jiebang.sandbox.pages import Form, Page, Part
from jiebang.sandbox.program import NotAsTold, until
from jiebang.sandbox.web import Reply, call

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_BROKEN = 500
SETTLED = frozenset({"verified", "contradicted", "escalated", "denied", "revoked", "expired"})
"""States at which nothing more is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A record as the results page shows it."""

    record: str
    platform: str
    kind: str
    origin: str
    text: str
    details: dict[str, str]
    """What the card says about the record, by its own words for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order as its timeline shows it."""

    order: str
    platform: str
    state: str
    about: str
    """What was ordered about which record, in the page's words."""
    steps: tuple[str, ...]
    """The states that it has gone through."""


class Holder:
    """Somebody with a browser: cookies, the page in front of them, and patience."""

    def __init__(self, portal: str, *, language: str = "zh-CN") -> None:
        self.portal = portal
        self.language = language
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.path = "/"
        self.page = Page("")

    def visit(self, path: str) -> Page:
        """Open a page, and follow where it leads."""
        return self._send("GET", path)

    def submit(self, form: Form | None, fill: Iterable[tuple[str, str]] = ()) -> Page:
        """Send a form of the page, with what is filled in or pressed instead of what stands there."""
        if form is None:
            raise NotAsTold(f"the page {self.path} has no such form")
        filled = list(fill)
        names = {name for name, _ in filled}
        kept = [pair for pair in form.fields if pair[0] not in names]
        method = form.part.attributes.get("method", "get").upper()
        return self._send(method, form.action or self.path, fields=[*kept, *filled])

    def ask_code(self, number: str, *, region: str = "CN") -> Page:
        """Name a number on the first page, so that a code is sent to it."""
        return self.submit(self.visit("/").form("/proofs"), [("number", number), ("region", region)])

    def tell_code(self, code: str) -> Page:
        """Type the code in."""
        return self.submit(self.page.form(self.path), [("code", code)])

    def ask(self, platforms: Iterable[str] | None = None) -> Page:
        """Tick platforms, all that there are unless told which, and ask them."""
        form = self.visit("/platforms").form("/queries")
        offered = (
            [] if form is None else [pair for pair in [*form.boxes, *form.fields] if pair[0] == "platform"]
        )
        wanted = None if platforms is None else set(platforms)
        return self.submit(form, [pair for pair in offered if wanted is None or pair[1] in wanted])

    def await_answers(self) -> list[Card]:
        """Look at the results until every platform has answered."""

        def answered() -> list[Card] | None:
            standings = self._here().having("data-standing")
            done = standings and all(part.attributes["data-standing"] == "answered" for part in standings)
            return self.cards() if done else None

        return until("every platform answers", answered)

    def cards(self) -> list[Card]:
        """Read the records on the results page."""
        return [
            Card(
                record=part.attributes["data-record"],
                platform=part.attributes.get("data-platform", ""),
                kind=part.attributes.get("data-kind", ""),
                origin=part.attributes.get("data-origin", ""),
                text=part.text,
                details=self.page.details(part),
            )
            for part in self.page.having("data-record")
        ]

    def free_everything(self) -> Page:
        """Press the one button that frees everything left behind."""
        return self._press(lambda form: form.part.attributes.get("id") == "free-all")

    def let_go(self, card: Card) -> Page:
        """Say of a single record that it should let go of the number."""
        return self._press(self._about(card, "unbind"))

    def weigh(self, *cards: Card) -> Page:
        """Tick accounts of one's own, and look at what closing them means."""
        form = next((form for form in self.page.forms if form.part.attributes.get("id") == "closing"), None)
        return self.submit(form, [("record", card.record) for card in cards])

    def deregister(self, *cards: Card) -> Page:
        """Close accounts of one's own, after a look at what that means."""
        self.weigh(*cards)
        return self._press(lambda form: form.sends("kind", "deregister"))

    def keep(self, card: Card) -> Page:
        """Say of a record that nobody can tell: mine."""
        return self._press(self._about(card, "mine", name="choice", action="/choices"))

    def revoke(self, order: str) -> Page:
        """Take an order back, from the page of orders."""
        return self.submit(self.visit("/orders").form(f"/orders/{order}/revoke"))

    def orders(self) -> list[Ordered]:
        """Read where every order stands."""
        page = self.visit("/orders")
        return [
            Ordered(
                order=part.attributes["data-order"],
                platform=part.attributes.get("data-platform", ""),
                state=part.attributes.get("data-state", ""),
                about=" ".join(said.text for said in page.called("kind", part)),
                steps=tuple(step.attributes["class"].split()[-1] for step in page.called("taken", part)),
            )
            for part in page.having("data-order")
        ]

    def await_orders(self, count: int) -> list[Ordered]:
        """Look at the orders until that many are there and none is under way any more."""

        def settled() -> list[Ordered] | None:
            orders = self.orders()
            done = len(orders) >= count and {order.state for order in orders} <= SETTLED
            return orders if done else None

        return until("every order is settled", settled)

    def sign_out(self) -> Page:
        """Leave."""
        return self.submit(self.page.form("/sign-out"))

    def _about(
        self, card: Card, said: str, *, name: str = "kind", action: str = "/orders"
    ) -> Callable[[Form], bool]:
        def fits(form: Form) -> bool:
            shown: list[Part] = [
                part
                for part in self.page.having("data-record")
                if part.attributes["data-record"] == card.record
            ]
            return form.action == action and form.sends(name, said) and form.part.inside(shown[0])

        return fits

    def _press(self, fits: Callable[[Form], bool]) -> Page:
        form = next((form for form in self.page.forms if fits(form)), None)
        return self.submit(form, [] if form is None else form.buttons[:1])

    def _here(self) -> Page:
        return self.visit(self.path)

    def _send(self, method: str, path: str, *, fields: list[tuple[str, str]] | None = None) -> Page:
        """Make a call as a browser does, follow where it leads, and keep the page."""
        reply = self._call(method, path, fields=fields)
        for _ in range(_MOST_REDIRECTS):
            if reply.status not in _REDIRECTS:
                break
            parts = urlsplit(urljoin(path, reply.header("Location") or "/"))
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            reply = self._call("GET", path)
        self.status, self.path, self.page = reply.status, path, Page(reply.body.decode())
        if self.status >= _BROKEN:
            raise NotAsTold(f"the portal answers {self.status} at {path.partition('?')[0]}")
        return self.page

    def _call(self, method: str, path: str, *, fields: list[tuple[str, str]] | None = None) -> Reply:
        headers = {
            "Accept": "text/html",
            "Accept-Language": self.language,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": self.portal,
        }
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields or []).encode()
        elif fields:
            path = f"{path}?{urlencode(fields)}"
        reply = call(method, self.portal + path, body=body, headers=headers)
        for name, value in reply.headers:
            if name.lower() == "set-cookie":
                self._keep(value)
        return reply

    def _keep(self, cookie: str) -> None:
        for name, morsel in SimpleCookie(cookie).items():
            if morsel.value and morsel["max-age"] != "0":
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
