"""What a hub answers is bounded, of the right shape and from the hub itself, or it is no answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from jiebang.agent.errors import HubDown, HubTrouble
from jiebang.agent.hub import Hub
from jiebang.agent.mailbox import Mailbox
from jiebang.wire import keys
from tests.agent.pretender import Pretender
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
_A_MOMENT = timedelta(seconds=0.2)
DEEP = "[" * 100_000 + "]" * 100_000


class Liar(NamedTuple):
    """A server that answers whatever it is told to, and remembers who came."""

    url: str
    asked: list[str]
    answers: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]
    hub: Hub

    def places(self, **others: str) -> None:
        """Say where everything is, some of it elsewhere."""
        said = {
            "issuer": self.url, "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
            "configuration_endpoint": f"{self.url}/stream",
        } | others  # fmt: skip
        for name in ("oauth-authorization-server", "ssf-configuration"):
            self.says(f"/.well-known/{name}", said)
        self.says("/token", {"access_token": "t", "expires_in": 600})

    def says(self, path: str, content: Any, *, status: int = 200) -> None:  # noqa: ANN401 - whatever JSON can say
        """Let it answer with this."""
        text = content if isinstance(content, str) else json.dumps(content)

        async def _answer(_request: web.Request) -> web.Response:
            return web.Response(text=text, status=status, content_type="application/json")

        self.answers[path] = _answer


@pytest.fixture
async def liar(clock: Clock) -> AsyncIterator[Liar]:
    """Run a server that answers as told."""
    asked: list[str] = []
    answers: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {}

    async def _meet(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await answers[request.path](request)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", _meet)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        hub = Hub(url=url, platform="par_shop", key=keys.make(), session=session, now=clock)
        yield Liar(url, asked, answers, hub)
    await runner.cleanup()


async def test_a_body_without_end_is_cut_off(liar: Liar) -> None:
    sent = 0

    async def _endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" " * 65_536)
            sent += 65_536

    liar.answers["/.well-known/oauth-authorization-server"] = _endless
    with pytest.raises(HubDown, match="too large"):
        await liar.hub.places()
    assert sent < 32 << 20


async def test_what_is_packed_is_not_unpacked(liar: Liar) -> None:
    async def _packed(request: web.Request) -> web.StreamResponse:
        answer = web.Response(body=b" " * (1 << 20))
        answer.enable_compression(web.ContentCoding.gzip)
        assert request.headers["Accept-Encoding"] == "identity"
        return answer

    liar.answers["/.well-known/oauth-authorization-server"] = _packed
    with pytest.raises(HubDown):
        await liar.hub.places()


async def test_a_redirect_is_not_followed(liar: Liar, pretender: Pretender) -> None:
    async def _elsewhere(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(pretender.url + "/elsewhere")

    liar.places()
    liar.answers["/stream"] = _elsewhere
    with pytest.raises(HubTrouble):
        await Mailbox(liar.hub).poll()
    assert liar.asked[-1] == "/stream"
    assert (pretender.tokens, pretender.polls) == (0, [])


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "configuration_endpoint"])
@pytest.mark.parametrize(
    "where", ["{other}/x", "http://169.254.169.254/x", "file:///etc/passwd", "", "http://["]
)
async def test_an_address_elsewhere_is_not_called(
    liar: Liar, pretender: Pretender, name: str, where: str
) -> None:
    liar.places(**{name: where.format(other=pretender.url)})
    with pytest.raises(HubDown, match="not its own"):
        await liar.hub.token()
    assert "/token" not in liar.asked


async def test_nor_is_a_stream_elsewhere(liar: Liar, pretender: Pretender) -> None:
    liar.places()
    liar.says(
        "/stream", [{"stream_id": "s", "delivery": {"endpoint_url": f"{pretender.url}/ssf/poll/str_1"}}]
    )
    for _ in range(2):
        with pytest.raises(HubDown, match="not its own"):
            await Mailbox(liar.hub).poll()
    assert pretender.polls == []


@pytest.mark.parametrize("path", ["/.well-known/ssf-configuration", "/token", "/stream", "/poll", "/keys"])
@pytest.mark.parametrize(
    "content", [DEEP, "null", "[]", "7", '"x"', "{}", "{", '{"sets": 7}', '{"keys": 7}',
                '{"access_token": []}',
                '{"sets": {"a": "' + "e30." * 3 + '"}}', '[{"delivery": 7}]', '{"expires_in": "x"}'],
)  # fmt: skip
async def test_an_answer_of_a_wrong_shape_is_trouble_and_no_breakdown(
    liar: Liar, path: str, content: str
) -> None:
    liar.places()
    liar.says("/keys", liar.hub.key.public_set())
    liar.says("/stream", [{"stream_id": "s", "delivery": {"endpoint_url": f"{liar.url}/poll"}}])
    liar.says("/poll", {"sets": {"a": "x", "b": 7}})
    liar.says(path, content)
    try:
        post = await Mailbox(liar.hub).poll()
    except HubTrouble:
        return
    assert post.letters == []


async def test_a_body_that_drips_ends_with_the_patience(liar: Liar) -> None:
    async def _dripping(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.01)

    liar.places()
    liar.answers["/slow"] = _dripping
    with pytest.raises(HubDown):
        await liar.hub.call("GET", f"{liar.url}/slow", patience=_A_MOMENT)


@pytest.mark.parametrize(
    "verdicts",
    [7, [], ["x"], [{"status": "refused", "refusal": {"code": "+8613800138000"}}], [{"status": []}]],
)
async def test_verdicts_are_read_with_care(liar: Liar, verdicts: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    liar.places()
    liar.says("/platform/v1/outcomes", {"results": verdicts})
    try:
        found = await liar.hub.hand_in("outcomes", [{"order_id": "ord_1"}])
    except HubDown:
        return
    assert "8613800138000" not in json.dumps(found)
