"""Streams: the stream of an inspection, whose letters are polled for (RFC 8936) or posted (RFC 8935)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ValidationError

from jiebang.agent.mistakes import sentence
from jiebang.api.stream_shapes import POLL, PUSH, Poll, StatusShape, StreamChange, StreamWish, Verification
from jiebang.domain.letter import Event
from jiebang.domain.stream import SUPPORTED
from jiebang.sandbox.conformance.pen import Pen
from jiebang.sandbox.conformance.post import Post
from jiebang.sandbox.conformance.problems import problem
from jiebang.wire.push import Receiver, Taken

Shape = TypeVar("Shape", bound=BaseModel)

ID = "str_inspection"
_MOST = 1000
_HELD_SECONDS = 1.0
"""How long an empty mailbox is waited at: less than a hub's 25 seconds, so that nothing here takes long."""
_PAUSE_SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class Streams:
    """The one stream that a platform has; `None` until it is opened."""

    pen: Pen
    post: Post
    note: Callable[[str, str], None]
    rings: asyncio.Event = field(default_factory=asyncio.Event)
    wish: StreamWish | None = None

    def routes(self) -> Sequence[web.RouteDef]:
        """Say where everything is that a stream needs."""
        return [
            web.get("/.well-known/ssf-configuration", self._configuration),
            web.get("/ssf/stream", self._read),
            web.post("/ssf/stream", self._open),
            web.patch("/ssf/stream", self._change),
            web.put("/ssf/stream", self._change),
            web.delete("/ssf/stream", self._close),
            web.get("/ssf/status", self._status),
            web.post("/ssf/status", self._rest),
            web.post("/ssf/verify", self._verify),
            web.post("/ssf/subjects/{change}", self._subject),
            web.post(f"/ssf/poll/{ID}", self._poll),
        ]

    @property
    def requested(self) -> set[str]:
        """The events that are handed over: those that were asked for, and those that always come."""
        wished = self.wish.events_requested if self.wish else []
        return {*wished, Event.VERIFICATION, Event.STREAM_UPDATED}

    @property
    def pushed(self) -> bool:
        """Whether letters are to be posted."""
        return self.wish is not None and self.wish.delivery.method == PUSH

    async def push(self) -> None:
        """Post what waits, for as long as this runs, where letters are to be posted."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                wish = self.wish.delivery if self.wish else None
                if wish is not None and wish.method == PUSH:
                    await self._post(
                        Receiver(
                            url=str(wish.endpoint_url),
                            authorization=wish.authorization_header,
                            session=session,
                        )
                    )
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _post(self, receiver: Receiver) -> None:
        """Post each letter that waits, once."""
        sets, _ = self.post.hand_over(self.requested, most=_MOST)
        for jti, token in sets.items():
            taken = await receiver.post(token)
            if taken is Taken.YES:
                self.post.settle([jti], {})
            elif taken is Taken.UNREADABLE:
                self.post.settle([], {jti: {"err": "posted back"}})

    async def _configuration(self, _request: web.Request) -> web.Response:
        url = self.pen.issuer
        return web.json_response({
            "spec_version": "1_0", "issuer": url, "jwks_uri": f"{url}/jwks.json",
            "delivery_methods_supported": [POLL, PUSH], "configuration_endpoint": f"{url}/ssf/stream",
            "status_endpoint": f"{url}/ssf/status", "verification_endpoint": f"{url}/ssf/verify",
            "add_subject_endpoint": f"{url}/ssf/subjects/add",
            "remove_subject_endpoint": f"{url}/ssf/subjects/remove",
            "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}], "default_subjects": "ALL",
        })  # fmt: skip

    async def _read(self, request: web.Request) -> web.Response:
        named = request.query.get("stream_id")
        if named is None:
            return web.json_response([] if self.wish is None else [self._shape()])
        if self.wish is None or named != ID:
            return problem(HTTPStatus.NOT_FOUND, "unknown_stream")
        return web.json_response(self._shape())

    async def _open(self, request: web.Request) -> web.Response:
        wish = await self._said(request, StreamWish, check="stream")
        if self.wish is not None:
            return problem(HTTPStatus.CONFLICT, "stream_exists")
        if wish is None:
            return problem(HTTPStatus.BAD_REQUEST, "not_understood")
        self.wish = wish
        return web.json_response(self._shape(), status=HTTPStatus.CREATED)

    async def _change(self, request: web.Request) -> web.Response:
        change = await self._said(request, StreamChange, check="stream")
        if change is None:
            return problem(HTTPStatus.BAD_REQUEST, "not_understood")
        if self.wish is None or change.stream_id != ID:
            return problem(HTTPStatus.NOT_FOUND, "unknown_stream")
        named = change.model_fields_set & StreamWish.model_fields.keys()
        if request.method == "PUT":
            self.wish = StreamWish(events_requested=[])
        self.wish = self.wish.model_copy(update={name: getattr(change, name) for name in named})
        return web.json_response(self._shape())

    async def _close(self, _request: web.Request) -> web.Response:
        self.wish = None
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response({"stream_id": ID, "status": "enabled"})

    async def _rest(self, request: web.Request) -> web.Response:
        """Take the wish to rest, and go on: an inspection is short."""
        await self._said(request, StatusShape, check="stream")
        return await self._status(request)

    async def _verify(self, request: web.Request) -> web.Response:
        wish = await self._said(request, Verification, check="stream")
        said = {} if wish is None or wish.state is None else {"state": wish.state}
        subject = {"format": "opaque", "id": ID}
        self.post.leave(self.pen.sign(self.pen.claims(Event.VERIFICATION, said, subject=subject)))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _subject(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if request.match_info["change"] == "add" else 204)

    async def _poll(self, request: web.Request) -> web.Response:
        poll = await self._said(request, Poll, check="polling")
        if poll is None:
            return problem(HTTPStatus.BAD_REQUEST, "not_understood")
        if self.wish is None:
            return problem(HTTPStatus.NOT_FOUND, "unknown_stream")
        errors = {jti: complaint.model_dump() for jti, complaint in poll.set_errs.items()}
        self.post.settle(poll.ack, errors)
        most = min(poll.max_events, _MOST)
        sets, more = self.post.hand_over(self.requested, most=most)
        if not sets and most and not poll.return_immediately:
            await self._wait()
            sets, more = self.post.hand_over(self.requested, most=most)
        return web.json_response({"sets": sets, **({"moreAvailable": True} if more else {})})

    async def _wait(self) -> None:
        """Wait until something is left, or for as long as a poll is held."""
        self.rings.clear()
        try:
            await asyncio.wait_for(self.rings.wait(), _HELD_SECONDS)
        except TimeoutError:
            return

    def _shape(self) -> dict[str, Any]:
        wish = self.wish or StreamWish()
        pushed = wish.delivery.method == PUSH
        endpoint = wish.delivery.endpoint_url if pushed else f"{self.pen.issuer}/ssf/poll/{ID}"
        return {
            "stream_id": ID, "iss": self.pen.issuer, "aud": self.pen.platform,
            "delivery": {"method": wish.delivery.method, "endpoint_url": endpoint},
            "events_supported": list(SUPPORTED), "events_requested": wish.events_requested,
            "events_delivered": [event for event in SUPPORTED if event in wish.events_requested],
            "min_verification_interval": 10, "default_subjects": wish.default_subjects,
        }  # fmt: skip

    async def _said(self, request: web.Request, shape: type[Shape], *, check: str) -> Shape | None:
        try:
            return shape.model_validate_json(await request.read() or b"{}")
        except ValidationError as wrong:
            first = sentence(wrong.errors(include_input=False)[0])
            self.note(check, f"{request.method} {request.path}: {first}")
            return None
