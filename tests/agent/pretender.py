"""A hub that does as a test tells it: the machines' door as the protocol has it, with nothing behind it."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from jiebang.domain.letter import Event, Letter
from jiebang.domain.number import Number
from jiebang.wire import keys
from jiebang.wire.tokens import Route, sign_letters
from tests.agent.turning import Clock

PLATFORM = "par_shop"
NUMBER = Number("+8613800138000")


class Pretender:
    """Hands out the letters that a test leaves, and remembers what it was told."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key, self.agent_key = keys.make(), keys.make()
        self.mailbox: dict[str, str] = {}
        self.confirmed: list[str] = []
        self.complaints: dict[str, dict[str, str]] = {}
        self.answers: list[dict[str, Any]] = []
        self.outcomes: list[dict[str, Any]] = []
        self.clearances: list[dict[str, Any]] = []
        self.polls: list[dict[str, Any]] = []
        self.refused: dict[str, str] = {}
        """What is refused, by the id of its query or order, and with which code."""
        self.streams: list[dict[str, Any]] = []
        self.somebody_is_first = False
        """Whether another agent of the platform makes the stream, just before this one asks for it."""
        self.tokens = 0
        self.troubles: list[int] = []
        """Statuses that the next calls are answered with, whatever they are."""
        self.hold = ""
        """A part of a path: what comes there is taken in and never answered. `ack`: nor is it taken in."""
        self.held = asyncio.Event()
        self.rings = asyncio.Event()

    @property
    def route(self) -> Route:
        """From whom to whom letters go."""
        return Route(issuer=self.url, audience=PLATFORM, stream_id="str_1")

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application(middlewares=[self._meet])
        app.add_routes([
            web.get("/.well-known/{name}", self._places),
            web.get("/jwks.json", self._keys),
            web.post("/oauth/token", self._token),
            web.get("/ssf/stream", self._streams),
            web.post("/ssf/stream", self._create),
            web.patch("/ssf/stream", self._change),
            web.post("/ssf/poll/{stream}", self._poll),
            web.post("/platform/v1/{what}", self._take),
        ])  # fmt: skip
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        await self.runner.cleanup()

    def leave(self, event: str, said: Mapping[str, Any], *, number: Number | None = NUMBER) -> str:
        """Leave a letter in the mailbox; gives its `jti`."""
        jti = "set_" + secrets.token_hex(4)
        letter = Letter(
            jti=jti, platform_id=PLATFORM, event=Event(event), said=said, written_at=self.clock(),
            leave_at=self.clock(), number=number,
        )  # fmt: skip
        self.mailbox |= sign_letters([letter], self.route, key=self.key)
        self.rings.set()
        return jti

    def ask(self, query_id: str = "qry_1", number: Number = NUMBER) -> str:
        """Leave a question."""
        said = {"query_id": query_id, "answer_by": self.clock().isoformat()}
        return self.leave(Event.BINDINGS_ASKED, said, number=number)

    def order(
        self,
        order_id: str,
        handle: str,
        *,
        waits: timedelta | None = None,
        close: bool = False,
        attempt: int | None = None,
        number: Number = NUMBER,
    ) -> str:
        """Leave an order; a hub from before attempts were counted says none."""
        said: dict[str, Any] = {
            "order_id": order_id, "handle": handle, "due": self.clock().isoformat(),
        } | ({} if attempt is None else {"attempt": attempt})  # fmt: skip
        if waits is not None:
            said["object_until"] = (self.clock() + waits).isoformat()
        event = Event.DEREGISTER_ORDERED if close else Event.UNBIND_ORDERED
        return self.leave(event, said, number=number)

    def remind(self, order_id: str, handle: str, *, attempt: int = 1) -> str:
        """Leave word that an order to unbind is overdue."""
        said = {
            "order": "unbind", "order_id": order_id, "attempt": attempt, "handle": handle,
            "due": self.clock().isoformat(),
        }  # fmt: skip
        return self.leave(Event.ORDER_OVERDUE, said)

    def revoke(self, order_id: str, *, attempt: int = 1) -> str:
        """Leave word that an order was taken back."""
        return self.leave(Event.ORDER_REVOKED, {"order_id": order_id, "attempt": attempt})

    def signal(
        self,
        signal_id: str = "sig_1",
        *,
        event: Event = Event.NUMBER_DISCONNECTED,
        on: str = "2025-11-03",
        number: Number = NUMBER,
    ) -> str:
        """Leave a signal: what happened, happened some time on that day in UTC."""
        happened = {"not_before": f"{on}T00:00:00+00:00", "not_after": f"{on}T23:59:59+00:00"}
        return self.leave(event, {"signal_id": signal_id, "happened": happened}, number=number)

    def told(self, order_id: str) -> list[str]:
        """List what was said about an order."""
        return [said["outcome"] for said in self.outcomes if said["order_id"] == order_id]

    @web.middleware
    async def _meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.troubles:
            return web.json_response({"code": "told_to"}, status=self.troubles.pop(0))
        answer = await handler(request)
        if self.hold and self.hold in request.path:
            self.held.set()
            await asyncio.sleep(60)
        return answer

    async def _places(self, _request: web.Request) -> web.Response:
        return web.json_response({
            "issuer": self.url, "token_endpoint": f"{self.url}/oauth/token",
            "jwks_uri": f"{self.url}/jwks.json", "configuration_endpoint": f"{self.url}/ssf/stream",
        })  # fmt: skip

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response(self.key.public_set())

    async def _token(self, request: web.Request) -> web.Response:
        assert (await request.post())["grant_type"] == "client_credentials"
        self.tokens += 1
        return web.json_response({"access_token": f"token-{self.tokens}", "expires_in": 600})

    async def _streams(self, _request: web.Request) -> web.Response:
        return web.json_response(self.streams)

    async def _create(self, request: web.Request) -> web.Response:
        wish = await request.json()
        place = {"endpoint_url": f"{self.url}/ssf/poll/str_1", **wish["delivery"]}
        events = wish["events_requested"]
        self.streams.append({"stream_id": "str_1", "delivery": place, "events_requested": events})
        return web.json_response(self.streams[-1], status=409 if self.somebody_is_first else 201)

    async def _change(self, request: web.Request) -> web.Response:
        self.streams[0] |= await request.json()
        return web.json_response(self.streams[0])

    async def _poll(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.polls.append(said)
        settled = [*said.get("ack", []), *said.get("setErrs", {})]
        if self.hold == "ack" and settled:
            self.held.set()
            await asyncio.sleep(60)
        self.confirmed += said.get("ack", [])
        self.complaints |= said.get("setErrs", {})
        self.mailbox = {jti: token for jti, token in self.mailbox.items() if jti not in settled}
        if not self.mailbox:
            self.rings.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.rings.wait(), 0.05)
        return web.json_response({"sets": self.mailbox})

    async def _take(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        items = (await request.json())[what]
        {"answers": self.answers, "outcomes": self.outcomes, "clearances": self.clearances}[what].extend(
            items
        )
        return web.json_response({"results": [self._verdict(item) for item in items]})

    def _verdict(self, item: Mapping[str, Any]) -> dict[str, Any]:
        own = item.get("query_id") or item.get("order_id") or item["signal_id"]
        if own in self.refused:
            return {"status": "refused", "refusal": {"code": self.refused[own], "title": ""}}
        return {"status": "recorded"}
