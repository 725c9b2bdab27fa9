"""Listing a SCIM store for an index: to its end, on after a break, and then what was changed since."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from itertools import count

import pytest
from aiohttp import web

from jiebang.agent.connectors.contract import Page
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import StoreDown
from jiebang.domain.number import Number
from tests.agent.scim_server import TOKEN, ScimServer
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim
from tests.systems.liar import Liar, Lie, Said, Truth, honest, status

pytestmark = pytest.mark.anyio
turns = count(100)
LINE = Number("+8613800138000")


def connect(url: str, token: str, *, find: str = "pages") -> ScimConnector:
    """Open a connector whose token is in the environment under this name."""
    store = ScimStore.model_validate({"type": "scim", "url": url, "bearer_token_env": token, "find": find})
    return ScimConnector(store, Matching(spellings=("e164",), region="CN", most=3), now=Clock())


@pytest.fixture(scope="module")
def scim() -> Iterator[ScimServer]:
    """Run a server of these tests' own: they list everybody on it."""
    server = ScimServer()
    yield server
    server.stop()


@pytest.fixture
async def liar(scim: ScimServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Liar]:
    """Stand in front of a server whose `meta.lastModified` tells when an account was changed."""
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)
    async with Liar(scim.url) as liar:
        yield liar


@pytest.fixture
async def server(liar: Liar) -> AsyncIterator[ScimConnector]:
    """Open a connector to it."""
    connector = connect(liar.url, "TEST_SCIM_TOKEN")
    yield connector
    await connector.close()


async def listed(connector: ScimConnector, mark: str | None = None) -> list[Page]:
    """Take every page."""
    return [page async for page in connector.pages(mark)]


async def first_page(connector: ScimConnector) -> Page:
    """Take one page, and break off."""
    pages = connector.pages(None)
    assert isinstance(pages, AsyncGenerator)
    async with aclosing(pages):
        return await anext(pages)


def handles(pages: list[Page]) -> set[str]:
    """Name the accounts in them."""
    return {account.handle for page in pages for account in page.accounts}


@pytest.fixture(scope="module")
def everybody(scim: ScimServer) -> set[str]:
    """Register more accounts than fit into one page, and change one a while later."""
    for nth in range(12):
        scim.add(f"to-go-{nth}")
    there = {scim.add(f"listed-{nth}", f"+86138001{nth:05}") for nth in range(110)}
    time.sleep(1.1)  # longer than a server may take to create an account
    touch(scim, min(there))
    return there


def touch(scim: ScimServer, handle: str) -> None:
    """Change something else about an account."""
    step = {"op": "replace", "path": "displayName", "value": f"Name {next(turns)}"}
    schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    scim.call("PATCH", f"/Users/{handle[8:]}", {"schemas": [schema], "Operations": [step]})


async def later(_request: web.Request, truth: Truth) -> Said:
    """Let a server's clock be ahead: what was changed just now was changed long before."""
    said = await truth()
    return replace(said, headers={**said.headers, "Date": "Tue, 01 Jan 2041 00:00:00 GMT"})


async def test_a_list_is_taken_to_its_end_and_then_what_was_changed_since(
    scim: ScimServer, liar: Liar, server: ScimConnector, everybody: set[str]
) -> None:
    liar.lie = later
    first = await listed(server)
    assert everybody <= handles(first)
    assert (len(first) > 2, first[-1].accounts) == (True, ())
    changed, new = max(everybody), scim.add(f"new-{next(turns)}", LINE.e164)
    touch(scim, changed)
    second = await listed(server, first[-1].mark)
    assert handles(second) == {min(everybody), changed, new}
    assert [account.numbers for account in second[0].accounts if account.handle == new] == [(LINE.e164,)]
    third = await listed(server, second[-1].mark)
    assert len(handles(third)) == 1


async def test_what_was_changed_in_the_last_minutes_is_listed_again(
    server: ScimConnector, everybody: set[str]
) -> None:
    first = await listed(server)
    assert everybody <= handles(await listed(server, first[-1].mark))


async def test_a_list_that_was_broken_off_goes_on_where_it_was(
    server: ScimConnector, everybody: set[str]
) -> None:
    first = await first_page(server)
    rest = await listed(server, first.mark)
    assert not handles([first]) & handles(rest)
    assert everybody <= handles([first, *rest])


async def test_accounts_that_go_meanwhile_take_nobody_out_of_the_list(
    scim: ScimServer, server: ScimConnector, everybody: set[str]
) -> None:
    first = await first_page(server)
    # The last of a page is where the list goes on; what becomes of it then is the next test.
    doomed = [account.handle for account in first.accounts[:-1] if account.handle not in everybody]
    assert doomed
    for handle in doomed:
        scim.call("DELETE", f"/Users/{handle[8:]}")
    rest = await listed(server, first.mark)
    assert everybody <= handles([first, *rest])
    assert not handles([first]) & handles(rest)


async def test_a_list_that_cannot_go_on_where_it_was_begins_from_the_start(
    scim: ScimServer, server: ScimConnector, everybody: set[str]
) -> None:
    first = await first_page(server)
    last = first.accounts[-1].handle
    scim.call("DELETE", f"/Users/{last[8:]}")
    everybody.discard(last)
    rest = await listed(server, first.mark)
    assert everybody <= handles(rest)
    assert last not in handles(rest)


async def _nothing(request: web.Request, truth: Truth) -> Said:
    said = await later(request, truth)
    asked = "filter" in request.query
    return said.saying({**said.json(), "totalResults": 0, "Resources": []}) if asked else said


async def _no_filter(request: web.Request, truth: Truth) -> Said:
    return Said(status=400) if "filter" in request.query else await later(request, truth)


async def _broken_filter(request: web.Request, truth: Truth) -> Said:
    return Said(status=500) if "filter" in request.query else await later(request, truth)


async def _never_changed(request: web.Request, truth: Truth) -> Said:
    said = (await later(request, truth)).json()
    for account in said.get("Resources", []):
        account["meta"]["lastModified"] = account["meta"]["created"]
    return (await later(request, truth)).saying(said)


async def _no_dates(_request: web.Request, truth: Truth) -> Said:
    said = (await truth()).json()
    return (await truth()).saying(
        {**said, "Resources": [{**account, "meta": {}} for account in said["Resources"]]}
    )


@pytest.mark.parametrize("lie", [_nothing, _no_filter, _broken_filter, _never_changed, _no_dates])
async def test_a_marker_of_changes_that_proves_nothing_is_not_used(
    liar: Liar, server: ScimConnector, everybody: set[str], lie: Lie
) -> None:
    liar.lie = lie
    first = await listed(server)
    again = await listed(server, first[-1].mark)
    assert everybody <= handles(again)
    assert again[-1].accounts == ()


async def test_a_server_that_is_down_does_not_end_a_list(
    liar: Liar, server: ScimConnector, everybody: set[str]
) -> None:
    first = await first_page(server)
    liar.lie = status(503)
    with pytest.raises(StoreDown):
        await listed(server, first.mark)
    liar.lie = honest
    assert everybody <= handles([first, *await listed(server, first.mark)])


@pytest.mark.parametrize("mark", ["", "{", "[]", '{"what": 1}'])
async def test_a_mark_that_cannot_be_read_begins_from_the_start(
    server: ScimConnector, everybody: set[str], mark: str
) -> None:
    assert everybody <= handles(await listed(server, mark))


async def test_a_server_that_compares_times_as_texts_is_listed_anew(
    django_scim: DjangoScim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*next(iter(django_scim.secrets().items())))
    handle = django_scim.add("+8613900139001", LINE.e164)
    for find in ("pages", "list"):
        connector = connect(django_scim.url, next(iter(django_scim.secrets())), find=find)
        try:
            first = await listed(connector)
            assert handle in handles(await listed(connector, first[-1].mark))
            assert await connector.read(handle, LINE) is not None
            assert await connector.read(handle, Number("+8613900139000")) is None
        finally:
            await connector.close()
