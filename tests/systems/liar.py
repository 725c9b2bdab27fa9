"""
A small liar in front of a real server: it hands requests on, and answers something else where a test says so.

    async with Liar(system.url) as liar:
        liar.lie = status(500)
        ... system.connector(liar.url) ...
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias

import aiohttp
from aiohttp import web
from yarl import URL

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a server said."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Json:
        """Read it."""
        return json.loads(self.body or b"{}")

    def saying(self, said: Json) -> "Said":
        """Say something else in the same way."""
        return replace(self, body=json.dumps(said).encode())


Truth: TypeAlias = Callable[[], Awaitable[Said]]
"""Hands the request on to the real server; a lie that does not call it keeps the request to itself."""
Lie: TypeAlias = Callable[[web.Request, Truth], Awaitable[Said]]

_KEPT = {"content-type", "etag", "location", "date"}
_DROPPED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}


async def honest(_request: web.Request, truth: Truth) -> Said:
    """Say what the real server says."""
    return await truth()


def status(code: int, **headers: str) -> Lie:
    """Answer with a status and nothing else, and hand nothing on."""

    async def _lie(_request: web.Request, _truth: Truth) -> Said:
        return Said(status=code, headers=headers, body=b"<p>+8613700137000</p>")

    return _lie


def after(code: int) -> Lie:
    """Hand a request on, and answer with a status as though it had come to nothing."""

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        await truth()
        return Said(status=code)

    return _lie


def slow(seconds: float) -> Lie:
    """Say the truth, late."""

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        await asyncio.sleep(seconds)
        return await truth()

    return _lie


def only(lie: Lie, *, method: str, part: str = "") -> Lie:
    """Lie to requests of one method, to paths with some part in them, and to no others."""

    async def _lie(request: web.Request, truth: Truth) -> Said:
        concerned = request.method == method and part in request.path_qs
        return await (lie if concerned else honest)(request, truth)

    return _lie


class Liar:
    """A server on loopback, with another one behind it."""

    def __init__(self, url: str) -> None:
        self.behind = URL(url)
        self.lie: Lie = honest
        self.heard: list[str] = []
        """What it was asked, as `METHOD path`."""

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self.session = aiohttp.ClientSession(auto_decompress=True)
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._answer)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = str(URL(f"http://127.0.0.1:{self.runner.addresses[0][1]}{self.behind.path}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self.runner.cleanup()
        await self.session.close()

    async def _answer(self, request: web.Request) -> web.Response:
        self.heard.append(f"{request.method} {request.path}")
        body = await request.read()

        async def _truth() -> Said:
            place = URL(f"{self.behind.origin()}{request.raw_path}", encoded=True)
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _DROPPED}
            async with self.session.request(
                request.method, place, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() in _KEPT}
                return Said(status=answer.status, body=await answer.read(), headers=kept)

        said = await self.lie(request, _truth)
        return web.Response(status=said.status, body=said.body, headers=said.headers)
