"""Somebody with a browser, who talks to the application in this very process."""

import asyncio
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from jiebang.sandbox.pages import Page
from tests.build import NUMBER
from tests.portal.hub import PLATFORMS, Hub

Fields = list[tuple[str, str]]
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the application has sent."""

    status: int
    headers: Headers
    content: bytes

    @property
    def text(self) -> str:
        """Read it; what is no text stands there in escapes."""
        return self.content.decode(errors="backslashreplace")

    @property
    def page(self) -> Page:
        """Read it as a page."""
        return Page(self.text)

    @property
    def words(self) -> str:
        """Read it aloud: everything that it says, with single spaces."""
        return " ".join(unescape(_TAG.sub("", self.text)).split())

    @property
    def alert(self) -> str:
        """What the page says went wrong."""
        return " ".join(self.page.alerts).replace(" .", ".")


@dataclass(slots=True)
class Visitor:
    """A browser without JavaScript: it keeps cookies, and says which language it likes."""

    hub: Hub
    language: str = "en"
    address: str = "192.0.2.7"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        """Open a page."""
        return self._call("GET", path, headers=headers)

    def post(self, path: str, fields: Fields | None = None, **headers: str) -> Reply:
        """Send a form."""
        return self._call("POST", path, fields=fields or [], headers=headers)

    def start(self) -> str:
        """Name the number, and return the address of the page that asks for the code."""
        return self.post("/proofs", [("number", NUMBER.e164)]).headers["location"]

    def prove(self) -> "Visitor":
        """Prove the number."""
        path = self.start()
        code = self.hub.code(path.removeprefix("/proofs/"))
        assert self.post(path, [("code", code)]).headers["location"] == "/platforms"
        return self

    def ask(self, *platforms: str) -> str:
        """Ask platforms, all of them unless told which, and return the address of the answers."""
        ticked = [("platform", one) for one in platforms or PLATFORMS]
        return self.post("/queries", ticked).headers["location"]

    def order(self, path: str, *, kind: str = "unbind") -> Reply:
        """Order something about every record on the page of answers."""
        records = [part.attributes["data-record"] for part in self.get(path).page.having("data-record")]
        fields = [("query", path.removeprefix("/queries/")), ("kind", kind)]
        return self.post("/orders", fields + [("record", one) for one in records])

    def _call(
        self, method: str, path: str, *, fields: Fields | None = None, headers: dict[str, str]
    ) -> Reply:
        body = urlencode(fields or []).encode()
        said = {
            "host": "hub.example", "accept-language": self.language,
            "content-type": "application/x-www-form-urlencoded",
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        asking = _exchange(self.hub.app, method, path=path, headers=said, body=body, address=self.address)
        reply = asyncio.run(asking)
        for cookie in reply.headers.getlist("set-cookie"):
            self._keep(cookie)
        return reply

    def _keep(self, cookie: str) -> None:
        for name, morsel in SimpleCookie(cookie).items():
            self.cookies.pop(name, None)
            if morsel["max-age"] != "0":
                self.cookies[name] = morsel.value


async def _exchange(
    app: ASGIApp, method: str, *, path: str, headers: dict[str, str], body: bytes, address: str
) -> Reply:
    where = urlsplit(path)
    scope = {
        "type": "http", "method": method, "scheme": "https", "http_version": "1.1", "root_path": "",
        "server": ("hub.example", 443), "client": (address, 50000),
        "path": where.path, "raw_path": where.path.encode(), "query_string": where.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    sent: list[Message] = []
    asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        # Whoever asks again waits for the browser to leave, which it never does.
        return asked.pop() if asked else await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    content = b"".join(part.get("body", b"") for part in sent)
    return Reply(sent[0]["status"], Headers(raw=sent[0]["headers"]), content)
