"""What a hub answers is bounded, of the right shape and from the hub itself, or it is no answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from jiebang.agent.canary import Verdict, prove_hub
from jiebang.agent.errors import HubDown, HubRefuses, HubTrouble
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


async def reached(hub: Hub) -> str:
    """Say why `check` does not find that the hub is reached."""
    proven = await anext(prove_hub(hub))
    assert proven.verdict is Verdict.FAILED
    return proven.words


@pytest.mark.parametrize(
    ("content", "status"),
    [("<html>", 404), ('{"detail": "Not Found"}', 404), ("", 301), ("<html>", 200), ("", 200), ("{}", 200)],
)
async def test_a_server_that_is_no_hub_is_said_to_be_none(liar: Liar, content: str, status: int) -> None:
    liar.says("/.well-known/oauth-authorization-server", content, status=status)
    assert await reached(liar.hub) == (
        f"What answers at {liar.url} is no hub, and says {status}: `hub` must be the hub's own address."
    )
    with pytest.raises(HubTrouble) as raised:
        await liar.hub.token()
    assert not isinstance(raised.value, HubRefuses)


async def test_a_hub_that_is_down_is_not_said_to_be_none(liar: Liar) -> None:
    liar.says("/.well-known/oauth-authorization-server", "<html>", status=503)
    assert await reached(liar.hub) == "The hub says 503."
    nobody = replace(liar.hub, url="http://127.0.0.1:9")
    assert await reached(nobody) == "The hub cannot be reached, or not now."


async def test_a_hub_that_calls_itself_otherwise_is_told_to_the_operator_and_not_to_the_log(
    liar: Liar,
) -> None:
    liar.places(issuer="https://hub.example:8443/cn")
    assert (await reached(liar.hub)).startswith("It calls itself https://hub.example:8443/cn; ")
    with pytest.raises(HubTrouble, match="`hub` must be what it calls itself") as raised:
        await liar.hub.token()
    assert "hub.example" not in str(raised.value)


@pytest.mark.parametrize(
    "name", ["javascript:1", "https://a.example/\x1b[2J", "https://u:p@a.example", "https://"]
)
async def test_a_name_that_is_no_address_is_shown_to_nobody(liar: Liar, name: str) -> None:
    liar.places(issuer=name)
    assert name not in await reached(liar.hub)


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("invalid_client", 401, "The hub does not know par_shop with the key "),
        ("invalid_scope", 400, "The hub grants no token, and says 400 invalid_scope."),
    ],
)
async def test_a_hub_that_grants_no_token_is_told_by_the_keys_of_the_configuration(
    liar: Liar, code: str, status: int, sentence: str
) -> None:
    liar.places()
    liar.says("/token", {"error": code, "error_description": "+8613800138000"}, status=status)
    [found, granted] = [proven async for proven in prove_hub(liar.hub)]
    assert (found.verdict, granted.verdict) == (Verdict.PROVEN, Verdict.FAILED)
    assert granted.words.startswith(sentence)
    assert ("`platform`" in granted.words and "`key_file`" in granted.words) == (status == 401)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_no_outcome_is_taken_for_told_while_the_hub_grants_no_token(liar: Liar, status: int) -> None:
    liar.places()
    liar.says("/token", {"error": "invalid_request"}, status=status)
    with pytest.raises(HubTrouble, match=f"{status} invalid_request"):
        await liar.hub.hand_in("outcomes", [{"order_id": "ord_1"}])


@pytest.mark.parametrize("said", ["<html>", "", {"message": "Request too large"}, {"error": {}}])
@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_nor_is_what_a_proxy_answers_the_hubs_word(liar: Liar, status: int, said: object) -> None:
    liar.places()
    liar.says("/platform/v1/outcomes", said, status=status)
    with pytest.raises(HubTrouble, match=str(status)):
        await liar.hub.hand_in("outcomes", [{"order_id": "ord_1"}])


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
    liar.places()
    await liar.hub.places()
    for path in [path for path in liar.answers if path.startswith("/.well-known/")]:
        liar.answers[path] = _packed(liar.answers[path])
    with pytest.raises(HubDown):
        await replace(liar.hub, _places=None).places()


def _packed(
    plain: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def _answer(request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        answer = await plain(request)
        answer.enable_compression(web.ContentCoding.gzip)
        return answer

    return _answer


async def test_a_redirect_is_not_followed(liar: Liar) -> None:
    async def _elsewhere(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(f"{liar.url}/elsewhere")

    liar.places()
    liar.says("/elsewhere", {"access_token": "t", "expires_in": 600})
    liar.answers["/token"] = _elsewhere
    with pytest.raises(HubTrouble):
        await liar.hub.token()
    assert liar.asked[-1] == "/token"


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


@pytest.mark.parametrize(
    "keys", [{}, {"keys": []}, {"keys": [{}]}, {"keys": [7]}, {"keys": [{"kty": "EC"}]}, {"keys": {"a": 1}}]
)
async def test_keys_that_are_none_are_trouble_and_no_breakdown(liar: Liar, keys: object) -> None:
    liar.places()
    liar.says("/keys", keys)
    with pytest.raises(HubDown, match="keys cannot be read"):
        await liar.hub.keys()


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


async def test_a_batch_too_large_for_a_proxy_goes_item_by_item(liar: Liar) -> None:
    async def _small(request: web.Request) -> web.Response:
        items = (await request.json())["outcomes"]
        taken = {"results": [{"status": "taken"}]}
        return web.json_response(taken if len(items) == 1 else {}, status=200 if len(items) == 1 else 413)

    liar.places()
    liar.answers["/platform/v1/outcomes"] = _small
    assert len(await liar.hub.hand_in("outcomes", [{"order_id": "ord_1"}, {"order_id": "ord_2"}])) == 2
