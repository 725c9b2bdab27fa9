"""Searches over HTTP: every page is taken, no filter is believed, and lists go on where they were left."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from jiebang.agent.connectors.contract import Lister
from jiebang.agent.errors import StoreRefuses, TooManyRecords, Unsound
from jiebang.domain.binding import BoundSource
from tests.agent.turning import Clock
from tests.connectors.book import LINE, OTHER, REQUESTS, Book, Heard, Json, connected, once, reply

pytestmark = pytest.mark.anyio
DIGITS = LINE.spelled("digits")


def searching(pages: Json, **query: str) -> Json:
    """Search page by page."""
    step = {"method": "GET", "path": "/people", "query": {"number": "{number}", **query}}
    return {"steps": [step], "accounts": "$.people[*]", "pages": pages}


def paged(book: Book, *, size: int = 1) -> object:
    """Answer searches in pages, by whichever value a request goes by."""

    def _page(heard: Heard) -> Json:
        if heard.segments != ["people"]:
            return None
        people = list(book.people.values())
        at = int(
            heard.query.get("offset")
            or heard.query.get("next")
            or (int(heard.query.get("page", 1)) - 1) * size
        )
        more = at + size if at + size < len(people) else None
        answer = reply({"people": people[at : at + size], "next": more})
        if more:
            answer.headers["Next-Page"] = f"http://elsewhere.example/?to={more}&x=1"
        return answer

    return _page


@pytest.mark.parametrize(
    ("pages", "query", "requests"),
    [
        ({"by": "page"}, {"page": "{page}"}, 4),
        ({"by": "offset"}, {"offset": "{offset}"}, 4),
        ({"by": "next", "next": "$.next"}, {"next": "{next}"}, 3),
        ({"by": "next", "next_header": "Next-Page", "next_query": "to"}, {"next": "{next}"}, 3),
    ],
)
async def test_every_page_is_taken(
    book: Book, tmp_path: Path, clock: Clock, *, pages: Json, query: dict[str, str], requests: int
) -> None:
    handles = {book.add(own_id, DIGITS) for own_id in "abc"}
    book.lie = paged(book)  # type: ignore[assignment]  # a lie is any such function
    async with connected(book, tmp_path, clock, find=searching(pages, **query)) as connector:
        found = await connector.find(LINE)
    assert {record.handle for record in found.records} == handles
    assert len(book.heard) == requests
    assert {heard.headers["Host"] for heard in book.heard} == {book.url.removeprefix("http://")}


async def test_pages_that_lead_back_are_not_followed_for_ever(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    book.add("a", DIGITS)
    book.lie = lambda _: reply({"people": [book.people["a"]], "next": "here"})
    find = searching({"by": "next", "next": "$.next"}, next="{next}")
    async with connected(book, tmp_path, clock, find=find) as connector:
        with pytest.raises(StoreRefuses, match="circles"):
            await connector.find(LINE)


def circling(book: Book, *, length: int, run_in: int = 3) -> Callable[[Heard], Json]:
    """Lead on for a while, and then round and round."""

    def _page(heard: Heard) -> Json:
        at = int(heard.query.get("next") or heard.query.get("page") or 0)
        at = at if at < run_in + length else run_in + (at - run_in) % length
        following = at + 1 if at + 1 < run_in + length else run_in
        return reply({"people": [book.people["a"] | {"serial": at}], "next": following})

    return _page


@pytest.mark.parametrize("by", [{"by": "next", "next": "$.next"}, {"by": "page"}])
@pytest.mark.parametrize("length", [2, 7])
async def test_a_list_in_a_circle_of_several_pages_is_not_read_for_ever(
    book: Book, tmp_path: Path, clock: Clock, *, by: Json, length: int
) -> None:
    book.add("a", DIGITS)
    book.lie = circling(book, length=length)
    step = {"method": "GET", "path": "/people", "query": {by["by"]: f"{{{by['by']}}}"}}
    listing = {"steps": [step], "accounts": "$.people[*]", "pages": by}
    async with connected(book, tmp_path, clock, list=listing) as connector:
        pages = cast("Lister", connector).pages(None)
        with pytest.raises(StoreRefuses, match="circles"):
            [await anext(pages) for _ in range(50)]


async def test_a_search_in_a_circle_of_several_empty_pages_is_told(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    book.lie = lambda heard: reply(
        {"people": [], "next": {"x": "y", "y": "z"}.get(heard.query.get("next", ""), "x")}
    )
    find = searching({"by": "next", "next": "$.next"}, next="{next}")
    async with connected(book, tmp_path, clock, find=find) as connector:
        with pytest.raises(StoreRefuses, match="circles"):
            await connector.find(LINE)
    assert len(book.heard) < 10


@pytest.mark.parametrize(
    ("end", "last"),
    [(0, []), (False, []), ("", []), (None, []), ("0", [{"path": "$.next", "value": "0"}]),
     (1, [{"path": "$.more", "value": False}])],
)  # fmt: skip
async def test_what_is_written_for_no_more_ends_a_list(
    book: Book, tmp_path: Path, clock: Clock, *, end: Json, last: Json
) -> None:
    book.add("a", DIGITS)
    book.lie = lambda heard: reply(
        {"people": [book.people["a"]], **({"next": end, "more": False} if heard.query else {"next": 5})}
    )
    listing = LISTING | {"pages": LISTING["pages"] | {"last": last}}
    async with connected(book, tmp_path, clock, list=listing) as connector:
        pages = [page async for page in cast("Lister", connector).pages(None)]
    assert (len(pages), [heard.query for heard in book.heard]) == (2, [{}, {"next": "5"}])


async def test_pages_that_are_always_the_same_are_one(book: Book, tmp_path: Path, clock: Clock) -> None:
    handle = book.add("a", DIGITS)
    async with connected(book, tmp_path, clock, find=searching({"by": "page"}, page="{page}")) as connector:
        found = await connector.find(LINE)
    assert [record.handle for record in found.records] == [handle]


async def test_empty_pages_without_end_are_too_many(book: Book, tmp_path: Path, clock: Clock) -> None:
    book.lie = lambda _: reply({"people": [], "next": str(len(book.heard))})
    find = searching({"by": "next", "next": "$.next", "most": 5}, next="{next}")
    async with connected(book, tmp_path, clock, find=find) as connector:
        with pytest.raises(StoreRefuses, match=r"pages\.most"):
            await connector.find(LINE)
    assert len(book.heard) == 5


async def test_a_server_that_finds_everybody_is_asked_no_further(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    for number in range(50):
        book.add(f"p{number}", OTHER.e164)
    book.lie = paged(book)  # type: ignore[assignment]  # a lie is any such function
    find = searching({"by": "page"}, page="{page}")
    async with connected(book, tmp_path, clock, find=find) as connector:
        with pytest.raises(TooManyRecords):
            await connector.find(LINE)
    assert len(book.heard) == 5


async def test_a_stranger_is_counted_and_not_told(book: Book, tmp_path: Path, clock: Clock) -> None:
    book.add("a", OTHER.e164)
    book.lie = lambda _: reply({"people": [book.people["a"]]})
    async with connected(book, tmp_path, clock) as connector:
        found = await connector.find(LINE)
    assert (found.records, found.strangers) == ((), 1)


async def test_a_record_says_what_the_file_leads_to(book: Book, tmp_path: Path, clock: Clock) -> None:
    account = REQUESTS["account"] | {
        "created_at": "$.born", "last_used": ["$.nothing", "$.seen"],
        "other_logins": ["$.mail", "$.nick", "$.keys[*]", "$.phones[*].number"],
    }  # fmt: skip
    book.add(
        "a", DIGITS, DIGITS, nick="wanqiu", born="2019-05", seen=1_760_000_000_000, mail="", keys=["x", "y"]
    )
    async with connected(book, tmp_path, clock, account=account) as connector:
        [record] = (await connector.find(LINE)).records
    assert (record.label, record.other_logins) == ("wa***", 3)
    assert record.bound.source is BoundSource.NATIVE
    assert record.bound.at is not None
    assert record.bound.at.timestamp() == 1_700_000_000
    assert record.last_used is not None
    assert record.last_used.year == 2025


async def test_an_account_is_put_together_from_several_replies(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    read = {
        "steps": [
            {"method": "GET", "path": "/people/{id}", "gone": [404], "keep": "person"},
            {"method": "GET", "path": "/people/{id}/phones", "keep": "contacts"},
        ]
    }
    account = {"id": "$.person.id", "numbers": {"each": "$.contacts[*]"}}
    find = REQUESTS["find"] | {"ids": "$.people[*].id", "accounts": None}
    handle = book.add("a", DIGITS)
    book.lie = lambda heard: reply([OTHER.e164, DIGITS]) if heard.segments[-1] == "phones" else None
    sections = {"read": read, "account": account, "find": find, "unbind": None, "deregister": None}
    async with connected(book, tmp_path, clock, can=(), **sections) as connector:
        assert [record.handle for record in (await connector.find(LINE)).records] == [handle]
        assert await connector.holds(handle, OTHER)


LISTING: Json = {
    "steps": [{"method": "GET", "path": "/people", "query": {"next": "{next}", "since": "{since}"}}],
    "accounts": "$.people[*]", "pages": {"by": "next", "next": "$.next"}, "since_header": "ETag",
}  # fmt: skip


async def test_a_list_goes_on_where_it_was_left_and_then_with_what_is_new(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    for own_id in "abc":
        book.add(own_id, DIGITS)
    book.people["c"]["state"] = "closed"
    lie = paged(book)
    book.lie = lambda heard: _with_tag(lie(heard))  # type: ignore[operator]  # a lie is a function
    async with connected(book, tmp_path, clock, list=LISTING) as connector:
        lister = cast("Lister", connector)
        pages = [page async for page in lister.pages(None)]
        listed = {one.handle: one.numbers for page in pages for one in page.accounts}
        assert listed == {"account-a": (DIGITS,), "account-b": (DIGITS,), "account-c": ()}
        assert [page async for page in lister.pages(pages[0].mark)] == pages[1:]
        book.heard.clear()
        assert [page async for page in lister.pages(pages[-1].mark)] != []
    assert book.heard[0].query == {"since": "tag-0"}


def _with_tag(answer: Json) -> Json:
    answer.headers["ETag"] = "tag-0"
    return answer


async def test_ids_that_are_listed_are_read(book: Book, tmp_path: Path, clock: Clock) -> None:
    listing = REQUESTS["list"] | {"ids": "$.people[*].id", "accounts": None}
    book.add("a", DIGITS)
    book.add("b", OTHER.e164)
    book.lie = once(reply(status=404), method="GET", part="/people/b")
    async with connected(book, tmp_path, clock, list=listing) as connector:
        [page] = [page async for page in cast("Lister", connector).pages(None)]
    assert [(one.handle, one.numbers) for one in page.accounts] == [
        ("account-a", (DIGITS,)),
        ("account-b", ()),
    ]


async def test_a_store_that_is_not_as_it_says_is_unsound(book: Book, tmp_path: Path, clock: Clock) -> None:
    check = {"steps": [{"method": "GET", "path": "/version", "gone": [404]}], "absent": "nobody"}
    async with connected(book, tmp_path, clock, check=check) as connector:
        with pytest.raises(Unsound, match="section check"):
            await connector.check()
        book.lie = once(reply(), method="GET", part="version")
        await connector.check()
        book.add("nobody")
        book.lie = once(reply(), method="GET", part="version")
        with pytest.raises(Unsound, match="cannot exist"):
            await connector.check()


async def test_without_a_search_nothing_is_said_to_be_nothing(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    async with connected(book, tmp_path, clock, find=None) as connector:
        with pytest.raises(Unsound, match="find"):
            await connector.find(LINE)
    assert book.heard == []
