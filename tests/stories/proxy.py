"""A proxy between the hub and everybody else: it sees what passes, and can act at a named moment of it."""

import base64
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from yarl import URL

from jiebang.sandbox.web import Door

# Headers that belong to one connection and not to what passes over it (RFC 9110 §7.6.1).
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}


@dataclass(slots=True, kw_only=True)
class Passing:
    """One request, and its answer once there is one."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    said: bytes
    status: int = 0
    answer_headers: list[tuple[str, str]] = field(default_factory=list)
    answer: bytes = b""

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.url.partition("?")[0]

    def outcomes(self) -> list[str]:
        """List the outcomes that it carries."""
        if self.path != "/platform/v1/outcomes":
            return []
        return [str(item["outcome"]) for item in json.loads(self.said)["outcomes"]]

    def events(self) -> list[str]:
        """List what the letters in its answer are about."""
        return [event for letter in self.letters() for event in letter["events"]]

    def letters(self) -> list[dict[str, Any]]:
        """List the claims of the letters that its answer carries, without looking at signatures."""
        if not self.path.startswith("/ssf/poll/") or not self.answer:
            return []
        return [claims(letter) for letter in json.loads(self.answer).get("sets", {}).values()]


@dataclass(slots=True, kw_only=True)
class Trap:
    """What happens once, at the first moment that fits; `cuts` says whether what is passing is lost by it."""

    fits: Callable[[Passing], bool]
    act: Callable[[], None]
    cuts: bool
    sprung: threading.Event = field(default_factory=threading.Event)

    def cut_by(self, passing: Passing) -> bool:
        """Act where this is the moment; returns whether what is passing is lost."""
        if self.sprung.is_set() or not self.fits(passing):
            return False
        self.act()
        self.sprung.set()
        return self.cuts


class Proxy:
    """The proxy; a trap is shown every request twice: as it arrives, and when the hub has answered it."""

    def __init__(self, *, port: int, target: str) -> None:
        app = web.Application(client_max_size=1 << 24)
        app.cleanup_ctx.append(self._session)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._door = Door(app, port=port)
        self._target = target
        self.url = self._door.url
        self.seen: list[Passing] = []
        self.trap: Trap | None = None

    def open(self) -> None:
        """Start to pass things on."""
        self._door.open()

    def close(self) -> None:
        """Pass nothing on any more."""
        self._door.close()

    async def _session(self, _: web.Application) -> AsyncIterator[None]:
        async with ClientSession(
            cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=60), auto_decompress=False
        ) as session:
            self._out = session
            yield

    async def _pass(self, request: web.Request) -> web.Response:
        passing = Passing(
            method=request.method, url=request.raw_path, headers=end_to_end(request.headers),
            said=await request.read(),
        )  # fmt: skip
        self.seen.append(passing)
        cut = self._cut(passing) or not await self._forwarded(passing) or self._cut(passing)
        if cut and request.transport is not None:
            request.transport.abort()
        answer = web.Response(status=passing.status or 502, body=passing.answer)
        answer.headers.clear()
        answer.headers.extend(passing.answer_headers)
        return answer

    async def _forwarded(self, passing: Passing) -> bool:
        try:
            url = URL(self._target + passing.url, encoded=True)
            async with self._out.request(
                passing.method, url, headers=passing.headers, data=passing.said, allow_redirects=False
            ) as answer:
                passing.answer = await answer.read()
                passing.answer_headers = end_to_end(answer.headers)
                passing.status = answer.status
        except (ClientError, TimeoutError, OSError):
            return False
        return True

    def _cut(self, passing: Passing) -> bool:
        return self.trap is not None and self.trap.cut_by(passing)


def end_to_end(headers: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - aiohttp's own kind of mapping
    """Keep the headers that are passed on."""
    return [(name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP]


def claims(letter: str) -> dict[str, Any]:
    """Read a letter's claims, without looking at its signature."""
    payload = letter.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said
