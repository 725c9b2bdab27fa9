"""Pages over HTTP: every one is taken, whatever says that there is one more, and none for ever."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import cast

import pytest

from jiebang.agent.connectors.contract import Lister
from jiebang.agent.errors import StoreRefuses
from tests.agent.turning import Clock
from tests.connectors.book import LINE, Book, Heard, Json, connected, reply

pytestmark = pytest.mark.anyio
DIGITS = LINE.spelled("digits")
LISTING: Json = {
    "steps": [{"method": "GET", "path": "/people", "query": {"next": "{next}", "since": "{since}"}}],
    "accounts": "$.people[*]", "pages": {"by": "next", "next": "$.next"}, "since_header": "ETag",
}  # fmt: skip


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
        link = f"http://elsewhere.example/?to={more}&x=1" if more else None
        links = {"self": "/?to=1", "next": link} if more else {"self": "/?to=1"}
        answer = reply(
            {"people": people[at : at + size], "next": more, "links": links, "@odata.nextLink": link}
        )
        if more:
            answer.headers["Next-Page"] = str(link)
        for rel, own in links.items():
            answer.headers.add("Link", f'</a,b;c?to=9>; rel="prev first", <{own}>; title="a; b"; rel="{rel}"')
        return answer

    return _page


@pytest.mark.parametrize(
    ("pages", "query", "requests"),
    [
        ({"by": "page"}, {"page": "{page}"}, 4),
        ({"by": "offset"}, {"offset": "{offset}"}, 4),
        ({"by": "next", "next": "$.next"}, {"next": "{next}"}, 3),
        ({"by": "next", "next_header": "Next-Page", "next_query": "to"}, {"next": "{next}"}, 3),
        ({"by": "next", "next_header": "Link", "next_query": "to"}, {"next": "{next}"}, 3),
        ({"by": "next", "next": "$.links.next", "next_query": "to"}, {"next": "{next}"}, 3),
        ({"by": "next", "next": "$['@odata.nextLink']", "next_query": "to"}, {"next": "{next}"}, 3),
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


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ({"next": "$.links.next"}, "says what to take of it"),
        ({"next": "$.links.next", "next_query": "cursor"}, "no part like"),
        ({"next_header": "Link", "next_query": "cursor"}, "no part like"),
        ({"next": "$.bad", "next_query": "to"}, "no part like"),
    ],
)
async def test_a_link_that_leads_nowhere_is_not_taken_for_the_end(
    book: Book, tmp_path: Path, clock: Clock, *, pages: Json, why: str
) -> None:
    book.add("a", DIGITS)
    link = "http://elsewhere.example/?to=1"
    book.lie = lambda _: reply(
        {"people": [], "links": {"next": link}, "bad": "http://[?to=1"}, Link=f"<{link}>; rel=next"
    )
    find = searching({"by": "next", **pages}, next="{next}")
    async with connected(book, tmp_path, clock, find=find) as connector:
        with pytest.raises(StoreRefuses, match=why):
            await connector.find(LINE)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("<{}>; rel=next", True), ("<{}>; rel='Next'", True), ('<{}>; rel="next last"', True),
        ('<{}>; title="a; rel=first"; rel="next"', False), ('<{}>; rel="http://a.example/next"', False),
        ('{}; rel="next"', False), ("<http://[>; rel=next", False),
    ],
)  # fmt: skip
async def test_a_next_page_that_a_header_speaks_of_is_found_or_is_not_the_end(
    book: Book, tmp_path: Path, clock: Clock, *, said: str, found: bool
) -> None:
    book.add("a", DIGITS)
    more = [said.format("/people?to=2"), "</people?to=1>; rel=first"]
    book.lie = lambda _: reply({"people": [book.people["a"]]}, Link=more.pop(0)) if more else None
    pages = {"by": "next", "next_header": "Link", "next_query": "to"}
    async with connected(book, tmp_path, clock, find=searching(pages, next="{next}")) as connector:
        with nullcontext() if found else pytest.raises(StoreRefuses, match="speaks of a next page"):
            await connector.find(LINE)
    assert len(book.heard) == 1 + found


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
