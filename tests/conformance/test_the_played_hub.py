"""The hub that is played is one as the protocol has it, and notes who does not keep to its forms."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from jiebang.domain.letter import Event
from jiebang.sandbox.conformance.hub import PlayedHub
from jiebang.sandbox.conformance.pen import Written
from jiebang.sandbox.program import free_port
from jiebang.wire import keys

pytestmark = pytest.mark.anyio
SIGNAL = Event.NUMBER_DISCONNECTED
NUMBER = {"format": "phone_number", "phone_number": "+8613700137001"}
PUSH = "urn:ietf:rfc:8935"


@pytest.fixture
def anyio_backend() -> str:
    """Run coroutines on asyncio, as the kit does."""
    return "asyncio"


@pytest.fixture
async def hub() -> AsyncIterator[PlayedHub]:
    """Play a hub with which one token is good."""
    platform_keys = keys.public_keys(keys.make().public_set())
    hub = PlayedHub(platform="par_shop", keys=platform_keys, port=free_port(), numbers=["+8613700137001"])
    hub.tokens.good.add("good")
    await hub.open()
    yield hub
    await hub.close()


class Caller:
    """Somebody with a token."""

    def __init__(self, hub: PlayedHub, session: aiohttp.ClientSession) -> None:
        self.hub, self.session = hub, session

    async def call(self, method: str, path: str, said: object = None, **more: Any) -> tuple[int, Any]:  # noqa: ANN401 - aiohttp's own
        """Call the hub; gives the status, and what it says."""
        async with self.session.request(method, self.hub.url + path, json=said, **more) as answer:
            return answer.status, await answer.json(content_type=None) if await answer.read() else None


@pytest.fixture
async def caller(hub: PlayedHub) -> AsyncIterator[Caller]:
    """Stand at the hub's door."""
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer good"}) as session:
        yield Caller(hub, session)


def letter(hub: PlayedHub, event: str = SIGNAL) -> Written:
    """Write a letter, and leave it."""
    written = hub.pen.sign(hub.pen.claims(event, {}, subject=NUMBER))
    hub.leave(written)
    return written


async def test_a_call_without_a_token_is_refused_and_noted(hub: PlayedHub, caller: Caller) -> None:
    assert (await caller.call("GET", "/ssf/stream", headers={"Authorization": ""}))[0] == 401
    assert hub.heard.notes["bearer"] == ["GET ssf: without a token"]
    assert (await caller.call("GET", "/ssf/stream", headers={"Authorization": "Bearer old"}))[0] == 401
    assert len(hub.heard.notes["bearer"]) == 1


async def test_a_stream_is_opened_changed_and_closed(hub: PlayedHub, caller: Caller) -> None:
    assert await caller.call("GET", "/ssf/stream") == (200, [])
    status, stream = await caller.call("POST", "/ssf/stream", {"events_requested": [SIGNAL]})
    assert (status, stream["events_delivered"]) == (201, [SIGNAL])
    assert (await caller.call("POST", "/ssf/stream", {}))[0] == 409
    own = {"stream_id": stream["stream_id"]}
    asked = own | {"events_requested": [SIGNAL, Event.BINDINGS_ASKED]}
    assert (await caller.call("PATCH", "/ssf/stream", asked))[1]["events_requested"] == asked[
        "events_requested"
    ]
    assert (await caller.call("PUT", "/ssf/stream", own))[1]["events_requested"] == []
    assert (await caller.call("GET", "/ssf/stream?stream_id=str_other"))[0] == 404
    assert (await caller.call("PATCH", "/ssf/stream", {"stream_id": "str_other"}))[0] == 404
    assert (await caller.call("DELETE", "/ssf/stream", params=own))[0] == 204
    assert hub.streams.wish is None


async def test_all_that_a_stream_needs_is_there(hub: PlayedHub, caller: Caller) -> None:
    _, stream = await caller.call("POST", "/ssf/stream", {})
    own = {"stream_id": stream["stream_id"]}
    assert await caller.call("GET", "/ssf/status", params=own) == (200, own | {"status": "enabled"})
    assert (await caller.call("POST", "/ssf/status", own | {"status": "paused"}))[0] == 200
    assert (await caller.call("POST", "/ssf/subjects/add", own | {"subject": NUMBER}))[0] == 200
    assert (await caller.call("POST", "/ssf/subjects/remove", own | {"subject": NUMBER}))[0] == 204
    assert (await caller.call("POST", "/ssf/verify", own | {"state": "s"}))[0] == 204
    assert [waiting.event for waiting in hub.post.waiting.values()] == [Event.VERIFICATION]


async def test_letters_come_again_until_they_are_confirmed(hub: PlayedHub, caller: Caller) -> None:
    _, stream = await caller.call("POST", "/ssf/stream", {"events_requested": [SIGNAL]})
    path = f"/ssf/poll/{stream['stream_id']}"
    first, second = letter(hub), letter(hub)
    letter(hub, Event.BINDINGS_ASKED)
    for _ in range(2):
        assert (await caller.call("POST", path, {}))[1]["sets"].keys() == {first.jti, second.jti}
    assert (await caller.call("POST", path, {"maxEvents": 1}))[1]["moreAvailable"]
    said = {
        "ack": [first.jti],
        "setErrs": {second.jti: {"err": "invalid_request"}},
        "returnImmediately": True,
    }
    assert await caller.call("POST", path, said) == (200, {"sets": {}})
    assert (hub.post.confirmed[first.jti], list(hub.post.complaints)) == (1, [second.jti])


@pytest.mark.parametrize(
    ("path", "said", "check"),
    [
        ("/ssf/poll/str_inspection", {"maxEvents": "all"}, "polling"),
        ("/ssf/stream", {"events_requested": "all"}, "stream"),
        ("/platform/v1/answers", {"answers": {}}, "answers-shape"),
        ("/platform/v1/answers", {"answers": [{}]}, "answers-shape"),
        ("/platform/v1/outcomes", {"outcomes": [{"order_id": 1}]}, "outcomes-shape"),
        ("/platform/v1/clearances", {"what": []}, "clearances-shape"),
    ],
)
async def test_what_is_no_batch_is_refused_and_noted(
    hub: PlayedHub, caller: Caller, *, path: str, said: object, check: str
) -> None:
    assert (await caller.call("POST", path, said))[0] == (400 if path.startswith("/ssf/") else 422)
    assert hub.heard.notes[check]


@pytest.mark.parametrize(
    ("what", "item", "check"),
    [
        (
            "answers",
            {"query_id": "qry_1", "complete": True, "bindings": [{"label": "1 3700 137001"}]},
            "answers-shape",
        ),
        ("outcomes", {"order_id": "ord_1", "outcome": "done"}, "outcomes-shape"),
        ("clearances", {"signal_id": "sig_1", "cleared": -1}, "clearances-shape"),
    ],
)
async def test_what_is_wrong_in_form_is_noted_and_counts(
    hub: PlayedHub, caller: Caller, *, what: str, item: dict[str, Any], check: str
) -> None:
    status, said = await caller.call("POST", f"/platform/v1/{what}", {what: [item]})
    assert (status, [verdict["status"] for verdict in said["results"]]) == (200, ["recorded"])
    assert hub.heard.notes[check]
    assert "137001" not in str(hub.heard.notes[check])


async def test_words_that_are_not_the_protocols_are_not_kept(hub: PlayedHub, caller: Caller) -> None:
    said = {"order_id": "ord_1", "outcome": "denied", "reason": NUMBER}
    await caller.call(
        "POST", "/platform/v1/outcomes", {"outcomes": [said, said | {"outcome": "rang 13700137001"}]}
    )
    told = [(one.outcome, one.reason) for one in hub.heard.outcomes["ord_1"]]
    assert told == [("denied", "something else"), ("something else", "something else")]


async def test_letters_are_posted_where_that_is_wished(hub: PlayedHub, caller: Caller) -> None:
    answers = {202: letter(hub), 400: letter(hub), 500: letter(hub)}
    by_token = {written.token: status for status, written in answers.items()}

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer shop"
        return web.json_response({"err": "invalid_request"}, status=by_token[await request.text()])

    app = web.Application()
    app.add_routes([web.post("/letters", take)])
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    delivery = {
        "method": PUSH,
        "endpoint_url": f"http://127.0.0.1:{port}/letters",
        "authorization_header": "Bearer shop",
    }
    await caller.call("POST", "/ssf/stream", {"delivery": delivery, "events_requested": [SIGNAL]})
    assert await hub.until(lambda: len(hub.post.waiting) == 1, seconds=10)
    await asyncio.sleep(0.5)
    assert (hub.post.confirmed, list(hub.post.complaints)) == ({answers[202].jti: 1}, [answers[400].jti])
    assert list(hub.post.waiting) == [answers[500].jti]
    await runner.cleanup()
