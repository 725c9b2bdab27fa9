"""Searches over HTTP: every page is taken, no filter is believed, and lists go on where they were left."""

from pathlib import Path
from typing import cast

import pytest

from jiebang.agent.connectors.contract import Lister
from jiebang.agent.errors import TooManyRecords, Unsound
from jiebang.domain.binding import BoundSource
from tests.agent.turning import Clock
from tests.connectors.book import LINE, OTHER, REQUESTS, Book, Json, connected, once, reply
from tests.connectors.test_http_pages import DIGITS, LISTING, paged, searching

pytestmark = pytest.mark.anyio


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
