"""A SCIM store, against a server that nobody here wrote."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import (
    Ambiguous,
    HalfDone,
    StoreDown,
    StoreRefuses,
    TooManyRecords,
    UnknownRecord,
    Unsound,
)
from jiebang.domain.binding import BoundSource
from jiebang.domain.number import Number
from jiebang.wire import keys
from tests.agent.scim_server import CONFIG, TOKEN, ScimServer
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
lines = (Number(f"+861380013{serial}") for serial in count(8000))

Opener = Callable[..., AbstractAsyncContextManager[Connector]]


@pytest.fixture
def line() -> Number:
    """Give a number that no other test has used: the server is one for all."""
    return next(lines)


@pytest.fixture
def connected(scim: ScimServer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a connector to the server, with some settings put differently."""
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)
    keys.write(keys.make(), tmp_path / "agent-key.json")

    @asynccontextmanager
    async def _open(more: str = "", *, url: str = scim.url) -> AsyncIterator[Connector]:
        (tmp_path / "agent.toml").write_text(CONFIG.format(hub="http://127.0.0.1:9", url=url) + more)
        async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
            yield connector

    return _open


@pytest.mark.parametrize(
    "more",
    [
        "",
        'search = "get"',
        'filter = "dotted"',
        'search = "get"\nfilter = "dotted"',
        'find = "list"',
        'find = "pages"',
    ],
)
async def test_a_record_is_found_in_any_spelling(
    scim: ScimServer, connected: Opener, line: Number, more: str
) -> None:
    one = scim.add(f"one{line.e164}", line.e164)
    other = scim.add(f"other{line.e164}", "+8613900139000", line.spelled("rfc3966"))
    async with connected(more) as connector:
        found = await connector.find(line)
    assert {record.handle for record in found.records} == {one, other}
    assert found.strangers == 0


async def test_a_record_says_no_more_than_scim_knows(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    scim.add("wanqiu", line.e164, displayName="林晚秋")
    scim.add(line.e164, line.e164)
    async with connected() as connector:
        named, nameless = sorted(
            (await connector.find(line)).records, key=lambda record: record.label, reverse=True
        )
    assert (named.label, named.other_logins) == ("林***", 1)
    assert (nameless.label, nameless.other_logins) == ("+8***", None)
    assert named.bound.source is BoundSource.ACCOUNT_CREATED


async def test_unbinding_takes_every_spelling_of_the_number_and_nothing_else(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    handle = scim.add(f"x{line.e164}", line.e164, line.spelled("international"), "+8613900139000")
    async with connected() as connector:
        assert await connector.unbind(handle, line) is Effect.DONE
        assert not await connector.holds(handle, line)
        assert await connector.unbind(handle, line) is Effect.GONE
    assert scim.numbers(handle) == ["+8613900139000"]


async def test_an_account_that_is_gone_is_gone(scim: ScimServer, connected: Opener, line: Number) -> None:
    handle = scim.add(f"x{line.e164}", line.e164)
    scim.call("DELETE", "/Users/" + handle.removeprefix("account-"))
    async with connected() as connector:
        assert await connector.unbind(handle, line) is Effect.GONE
        assert await connector.deregister(handle, line) is Effect.GONE


async def test_deregistering_deletes_the_account(scim: ScimServer, connected: Opener, line: Number) -> None:
    handle = scim.add(f"x{line.e164}", line.e164)
    async with connected() as connector:
        assert await connector.deregister(handle, line) is Effect.DONE
    assert scim.account(handle) is None


async def test_deregistering_deactivates_where_the_platform_wants_that(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    handle = scim.add(f"x{line.e164}", line.e164, active=True)
    async with connected('deregister = "deactivate"') as connector:
        assert await connector.deregister(handle, line) is Effect.DONE
    account = scim.account(handle)
    assert account is not None
    assert (account["active"], account.get("phoneNumbers")) == (False, None)


async def test_an_account_that_has_another_number_now_is_let_be(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    handle = scim.add(f"x{line.e164}", "+8613900139000")
    async with connected() as connector:
        assert await connector.deregister(handle, line) is Effect.GONE
    assert scim.numbers(handle) == ["+8613900139000"]


async def test_four_writers_on_one_account_end_in_one_effect(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    handle = scim.add(f"x{line.e164}", line.e164, "+8613900139000")
    async with connected() as one, connected() as other:
        effects = await asyncio.gather(
            *(connector.unbind(handle, line) for connector in (one, other, one, other))
        )
    assert sorted(effects) == [Effect.DONE, Effect.GONE, Effect.GONE, Effect.GONE]
    assert scim.numbers(handle) == ["+8613900139000"]


@pytest.mark.parametrize("own_id", ["..", ".", "", "../Groups", "a/b?c=d#e", '" or 1 eq 1', "%2e%2e"])
async def test_a_hostile_handle_reaches_no_other_account(
    scim: ScimServer, connected: Opener, line: Number, own_id: str
) -> None:
    handle = scim.add(f"x{line.e164}", line.e164)
    async with connected() as connector:
        with suppress(UnknownRecord, Ambiguous):
            assert await connector.unbind(f"account-{own_id}", line) is Effect.GONE
    assert scim.numbers(handle) == [line.e164]


async def test_hostile_values_in_the_store_are_only_values(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    hostile = f'{line.e164}" or value pr or value eq "'
    handle = scim.add(f"x{line.e164}", line.e164, hostile)
    async with connected() as connector:
        assert await connector.unbind(handle, line) is Effect.DONE
    assert scim.numbers(handle) == [hostile]


async def test_the_server_is_proven_without_any_account(connected: Opener) -> None:
    async with connected() as connector:
        await connector.check()


async def test_a_server_that_is_down_is_down(connected: Opener, line: Number) -> None:
    async with connected(url="http://127.0.0.1:9/v2") as connector:
        with pytest.raises(StoreDown):
            await connector.find(line)


async def test_a_token_that_has_run_out_makes_orders_wait(
    connected: Opener, line: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SCIM_TOKEN", "old")
    async with connected() as connector:
        with pytest.raises(StoreDown, match="401"):
            await connector.find(line)


ACCOUNT = {"id": "1", "phoneNumbers": [{"value": "+8613700137000"}]}


@asynccontextmanager
async def pretended(handle: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """Run a SCIM server that answers whatever a test says."""

    async def _answer(request: web.Request) -> web.Response:
        return handle(request)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", _answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v2"
    finally:
        await runner.cleanup()


async def test_a_server_that_returns_everybody_is_not_believed(connected: Opener, line: Number) -> None:
    everybody = {"totalResults": 1, "Resources": [ACCOUNT]}
    async with pretended(lambda _: web.json_response(everybody)) as url, connected(url=url) as connector:
        found = await connector.find(line)
    assert (found.records, found.strangers) == ((), 1)


async def test_a_server_that_returns_too_many_is_refused(connected: Opener, line: Number) -> None:
    many = {"totalResults": 4, "Resources": [ACCOUNT]}
    async with pretended(lambda _: web.json_response(many)) as url, connected(url=url) as connector:
        with pytest.raises(TooManyRecords):
            await connector.find(line)


async def test_every_page_is_taken(connected: Opener) -> None:
    def _page(request: web.Request) -> web.Response:
        start = int(request.query["startIndex"])
        return web.json_response({"totalResults": 3, "Resources": [ACCOUNT | {"id": str(start)}]})

    async with pretended(_page) as url, connected('search = "get"', url=url) as connector:
        found = await connector.find(Number("+8613700137000"))
    assert [record.handle for record in found.records] == ["account-1", "account-2", "account-3"]


async def test_a_server_that_ignores_a_change_is_found_out(connected: Opener) -> None:
    def _ignore(request: web.Request) -> web.Response:
        return web.json_response(ACCOUNT) if request.method == "GET" else web.Response(status=204)

    async with pretended(_ignore) as url, connected(url=url) as connector:
        with pytest.raises(HalfDone, match="has the number still"):
            await connector.unbind("account-1", Number("+8613700137000"))


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_is_for_the_version_that_was_read(connected: Opener, method: str) -> None:
    heard = set()

    def _changed(request: web.Request) -> web.Response:
        heard.add((request.method, request.headers.get("If-Match")))
        read = web.json_response(ACCOUNT, headers={"ETag": 'W/"7"'})
        return read if request.method == "GET" else web.Response(status=412)

    async with pretended(_changed) as url, connected(url=url) as connector:
        change = connector.unbind if method == "PATCH" else connector.deregister
        with pytest.raises(StoreDown, match="keeps changing"):
            await change("account-1", Number("+8613700137000"))
    assert heard == {("GET", None), (method, 'W/"7"')}


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (lambda: web.Response(status=500, text="+8613700137000"), StoreDown),
        (lambda: web.Response(status=401), StoreDown),
        (lambda: web.Response(status=429), StoreDown),
        (lambda: web.Response(status=302, headers={"Location": "/elsewhere"}), StoreRefuses),
        (lambda: web.Response(status=400, text="+8613700137000"), StoreRefuses),
        (lambda: web.Response(text="<html>"), StoreRefuses),
        (lambda: web.json_response([]), StoreRefuses),
        (lambda: web.json_response({"id": "2"}), Ambiguous),
    ],
)
async def test_what_a_server_says_is_told_apart_and_not_repeated(
    connected: Opener, answer: Callable[[], web.Response], trouble: type[Exception]
) -> None:
    async with pretended(lambda _: answer()) as url, connected(url=url) as connector:
        with pytest.raises(trouble) as raised:
            await connector.holds("account-1", Number("+8613700137000"))
    assert "137" not in str(raised.value)


async def test_a_server_that_knows_everybody_is_unsound(connected: Opener) -> None:
    async with pretended(lambda _: web.json_response({"id": "0"})) as url, connected(url=url) as connector:
        with pytest.raises(Unsound):
            await connector.check()


async def test_an_account_that_has_a_number_twice_is_reported_and_loses_both(
    scim: ScimServer, connected: Opener, line: Number
) -> None:
    handle = scim.add(f"x{line.e164}", line.e164, line.spelled("rfc3966"))
    async with connected() as connector:
        with capture_logs() as lines:
            assert [record.handle for record in (await connector.find(line)).records] == [handle]
        assert await connector.unbind(handle, line) is Effect.DONE
    assert [(said["event"], said["accounts"]) for said in lines] == [("agent:store:number-twice", 1)]
    assert scim.numbers(handle) == []
