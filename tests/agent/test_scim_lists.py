"""The lower rungs of the ladder: a SCIM store that lists its accounts at once, or page by page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count

import pytest
from aiohttp import web

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import Ambiguous, StoreDown, Unsound
from jiebang.domain.number import Number
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim
from tests.systems.liar import Liar, Lie, Said, Truth

pytestmark = pytest.mark.anyio
LINE = Number("+8613800138000")

Opener = Callable[..., AbstractAsyncContextManager[ScimConnector]]


@pytest.fixture(scope="module")
def site() -> Iterator[DjangoScim]:
    """Run a site with more people than it lists at once; it lists them by the spelling of their id."""
    site = DjangoScim()
    for _ in range(55):
        site.add()
    yield site
    site.stop()


@pytest.fixture
async def liar(site: DjangoScim) -> AsyncIterator[Liar]:
    """Stand in front of the site."""
    async with Liar(site.url) as liar:
        yield liar


@pytest.fixture
def opened(liar: Liar, site: DjangoScim, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a connector to the site, through the liar."""
    for name, value in site.secrets().items():
        monkeypatch.setenv(name, value)
    (token,) = site.secrets()

    @asynccontextmanager
    async def _open(find: str = "pages", *, most: int = 1000) -> AsyncIterator[ScimConnector]:
        store = ScimStore.model_validate({
            "type": "scim", "url": liar.url, "bearer_token_env": token, "find": find,
            "can": ["unbind", "deregister"], "most_accounts": most,
        })  # fmt: skip
        connector = ScimConnector(store, Matching(spellings=("e164",), region="CN", most=3), now=Clock())
        async with closing(connector):
            yield connector

    return _open


@asynccontextmanager
async def closing(connector: ScimConnector) -> AsyncIterator[None]:
    """Close it whatever happens."""
    try:
        yield
    finally:
        await connector.close()


def pages_of(most: int, *, move: Callable[[int], None] = lambda _: None) -> Lie:
    """Give no more accounts in a page than this; `move` is called before each."""
    pages = count(1)

    async def _lie(request: web.Request, truth: Truth) -> Said:
        if "startIndex" not in request.query:
            return await truth()
        move(next(pages))
        said = (await truth()).json()
        return Said(headers={"Date": "Thu, 26 Nov 2026 05:00:00 GMT"}).saying(
            {**said, "Resources": said["Resources"][:most]}
        )

    return _lie


@pytest.mark.parametrize("most", [9, 100])
async def test_every_account_is_seen_however_small_a_servers_pages_are(
    liar: Liar, opened: Opener, site: DjangoScim, most: int
) -> None:
    one, other = site.add(LINE.e164), site.add("+8613900139000", LINE.e164, LINE.e164)
    liar.lie = pages_of(most)
    async with opened() as connector:
        found = await connector.find(LINE)
        assert {record.handle for record in found.records} == {one, other}
        assert (found.strangers, found.complete) == (0, True)
        for record in found.records:
            assert await connector.unbind(record.handle, LINE) is Effect.DONE
        assert (await connector.find(LINE)).records == ()
    assert (site.numbers(one), site.numbers(other)) == ([], ["+8613900139000"])


async def test_a_part_of_a_list_is_not_taken_for_the_whole(opened: Opener) -> None:
    async with opened("list") as connector:
        with pytest.raises(Unsound, match="a part of its accounts at once"):
            await connector.check()


async def test_a_list_that_is_too_long_is_refused(opened: Opener) -> None:
    async with opened(most=50) as connector:
        with pytest.raises(Unsound, match=r"most_accounts \(50\)"):
            await connector.find(LINE)


async def test_those_who_ask_at_once_share_a_list_and_those_who_ask_later_do_not(
    liar: Liar, opened: Opener
) -> None:
    async with opened() as connector:
        await connector.find(LINE)
        once = len(liar.heard)
        first = asyncio.gather(*(connector.find(LINE) for _ in range(8)))
        while len(liar.heard) == once:  # noqa: ASYNC110 - the list is to have begun, and nobody says so
            await asyncio.sleep(0.01)
        await asyncio.gather(first, *(connector.find(LINE) for _ in range(8)))
    assert len(liar.heard) == once * 3


async def test_nobody_is_missed_while_accounts_come_and_go(
    liar: Liar, opened: Opener, site: DjangoScim
) -> None:
    doomed = [site.add() for _ in range(6)]
    handle = site.add(LINE.e164)

    def _move(page: int) -> None:
        if page % 3 == 2 and doomed:
            site.call("DELETE", f"/Users/{doomed.pop(0)[8:]}")
        elif page % 3 == 1:
            site.add()

    liar.lie = pages_of(9, move=_move)
    async with opened() as connector:
        assert [record.handle for record in (await connector.find(LINE)).records] == [handle]
        await connector.unbind(handle, LINE)
    assert len(doomed) < 6


def listing(*ids: int, total: int | None = None) -> Lie:
    """Give these accounts to whoever asks for a list, wherever it is to start."""

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        said = await truth()
        return said.saying({
            "totalResults": len(ids) if total is None else total,
            "Resources": [{"id": str(own)} for own in ids],
        })  # fmt: skip

    return _lie


@pytest.mark.parametrize(
    ("find", "lie", "sentence"),
    [
        ("pages", listing(1, 2, 3, total=9), "knows no startIndex"),
        ("pages", listing(total=1), "fewer accounts than it says"),
        ("pages", listing(1, 2, 2), "one account twice"),
        ("list", listing(1, 2, 2), "one account twice"),
        ("list", listing(1, 2, total=3), "a part of its accounts"),
    ],
)
async def test_a_list_that_does_not_add_up_is_no_answer(
    liar: Liar, opened: Opener, *, find: str, lie: Lie, sentence: str
) -> None:
    liar.lie = lie
    async with opened(find) as connector:
        with pytest.raises((Unsound, Ambiguous), match=sentence):
            await connector.find(LINE)


async def test_a_server_that_gives_one_account_a_page_is_read_to_the_end(liar: Liar, opened: Opener) -> None:
    async def _lie(request: web.Request, truth: Truth) -> Said:
        own = request.query["startIndex"]
        account = {"id": f"x{own}", "phoneNumbers": [{"value": LINE.e164}] if own == "5" else []}
        return (await truth()).saying({"totalResults": 5, "Resources": [account] if int(own) < 6 else []})

    liar.lie = _lie
    async with opened() as connector:
        assert [record.handle for record in (await connector.find(LINE)).records] == ["account-x5"]


async def test_a_list_that_never_holds_still_comes_again_later(liar: Liar, opened: Opener) -> None:
    fresh = count(10_000)

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        return (await truth()).saying({"totalResults": 900, "Resources": [{"id": str(next(fresh))}] * 1})

    liar.lie = _lie
    async with opened() as connector:
        with pytest.raises(StoreDown, match="keeps changing"):
            await connector.find(LINE)
