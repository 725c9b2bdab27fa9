"""A hub that is played: the machines' door as the protocol has it, with an inspection behind it."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler
from joserfc.jwk import KeySet

from jiebang.domain.policy import Policy
from jiebang.sandbox.conformance.heard import Heard
from jiebang.sandbox.conformance.pen import Pen, Written
from jiebang.sandbox.conformance.post import Post
from jiebang.sandbox.conformance.problems import problem
from jiebang.sandbox.conformance.streams import Streams
from jiebang.sandbox.conformance.tokens import Tokens

_HOST = "127.0.0.1"
_FREE = ("/.well-known/", "/jwks.json", "/oauth/")
"""What anybody may read, and where a token is had."""

_GLANCE_SECONDS = 0.1
"""How long nobody looks, at the most: a letter that was posted makes no call."""


class PlayedHub:
    """Listens on loopback; what it hears is kept, and whoever waits for something is woken by each call."""

    def __init__(self, *, platform: str, keys: KeySet, port: int, numbers: Sequence[str]) -> None:
        self.url = f"http://{_HOST}:{port}"
        self._port = port
        self.pen = Pen(issuer=self.url, platform=platform)
        self.post = Post()
        self.heard = Heard(platform=platform, hub=self.url, keys=keys, numbers=numbers)
        self.tokens = Tokens(pen=self.pen, keys=keys, note=self.heard.note)
        self.streams = Streams(pen=self.pen, post=self.post, note=self.heard.note)
        self.calls = 0
        self.away = False
        """Whether every call is answered with 503."""
        self.troubles: dict[str, int] = {}
        """How many of the next calls are answered with 503, by a part of their path."""

    async def open(self) -> None:
        """Listen; also once more, after it was closed."""
        app = web.Application(middlewares=[self._meet], client_max_size=Policy().body_most)
        app.add_routes(self.tokens.routes())
        app.add_routes(self.streams.routes())
        app.add_routes([web.post("/platform/v1/{what:answers|outcomes|clearances}", self._take)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, self._port, reuse_address=True).start()
        self._pushing = asyncio.create_task(self.streams.push())

    async def close(self) -> None:
        """Listen no more; who calls is refused."""
        self._pushing.cancel()
        await asyncio.gather(self._pushing, return_exceptions=True)
        await self._runner.cleanup()

    def leave(self, *letters: Written) -> None:
        """Leave letters, and wake the poll that waits."""
        self.post.leave(*letters)
        self.streams.rings.set()

    async def until(self, so: Callable[[], object], *, seconds: float) -> bool:
        """Wait until something is so; looks again after each call. Gives whether it became so in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not so():
                    self.post.stirred.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.post.stirred.wait(), _GLANCE_SECONDS)
        return bool(so())

    @web.middleware
    async def _meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.calls += 1
        try:
            return await self._answered(request, handler)
        finally:
            self.post.stirred.set()

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.away or self._troubled(request.path):
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "fault")
        if not request.path.startswith(_FREE) and not self.tokens.allow(request):
            return problem(HTTPStatus.UNAUTHORIZED, "bad_token")
        return await handler(request)

    def _troubled(self, path: str) -> bool:
        for part, left in self.troubles.items():
            if part in path and left:
                self.troubles[part] = left - 1
                return True
        return False

    async def _take(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        try:
            items = (await request.json())[what]
        except (ValueError, KeyError, TypeError):
            items = None
        verdicts = self.heard.take(what, items) if isinstance(items, list) else None
        if verdicts is None:
            self.heard.note(f"{what}-shape", f"what was posted is not a batch of {what}")
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "not_understood")
        return web.json_response({"results": verdicts})
