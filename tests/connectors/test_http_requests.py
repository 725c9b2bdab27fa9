"""Requests over HTTP: what leaves is what the file says, and what comes back is told apart."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.errors import Ambiguous, StoreDown, StoreRefuses, StoreTrouble, UnknownRecord
from jiebang.domain.number import Number
from tests.agent.turning import Clock
from tests.connectors.book import LINE, OTHER, REQUESTS, Book, connected, listening, once, reply

pytestmark = pytest.mark.anyio

anything = st.text(
    st.sampled_from("/\\.%?#&=;:@+\"'{}[]<>|^`~ \0\r\n\t$-_aZ09") | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)
PATHS = {"GET": ["people", "*"], "DELETE": ["people", "*", "phones", "k0"], "POST": ["people", "*", "close"]}
CLOSE = {"serial", "id", "why"}


@pytest.fixture
async def connector(book: Book, tmp_path: Path, clock: Clock) -> AsyncIterator[Connector]:
    """Open a connector to it."""
    async with connected(book, tmp_path, clock) as connector:
        yield connector


@settings(max_examples=120)
@given(
    own_id=anything
    | st.sampled_from(["..", "../k", "a/../b", "%2e%2e", "a%2f..%2fb", "..\\", "x?y", "x#y", "{id}"])
)
async def test_whatever_the_hub_calls_an_account_it_stays_one_segment(
    book: Book, connector: Connector, own_id: str
) -> None:
    book.heard.clear()
    for change in (connector.unbind, connector.deregister):
        book.add(own_id, LINE.spelled("digits"))
        with suppress(UnknownRecord):
            await change(f"account-{own_id}", LINE)
    for heard in book.heard:
        shape = PATHS[heard.method]
        assert heard.segments == [own_id if part == "*" else part for part in shape]
        assert heard.query == {}
        assert set(heard.said or {}) <= CLOSE


@settings(max_examples=50)
@given(text=anything)
async def test_whatever_the_hub_calls_a_number_it_stays_one_value(
    book: Book, connector: Connector, text: str
) -> None:
    book.heard.clear()
    await connector.find(Number(f"+{text}"))
    [heard] = book.heard
    # What is no number of anybody's at home is asked for as it is.
    assert (heard.segments, list(heard.query)) == (["people"], ["number"])
    assert heard.query["number"] in {text, f"+{text}"}


@pytest.mark.parametrize("own_id", ['a", "admin": true, "x": "', "{serial}", "1", "a'b"])
async def test_a_value_in_a_body_is_a_value_and_a_number_stays_one(
    clock: Clock, tmp_path: Path, own_id: str
) -> None:
    async with listening() as book, connected(book, tmp_path, clock) as connector:
        handle = book.add(own_id, LINE.spelled("digits"))
        assert await connector.deregister(handle, LINE) is Effect.DONE
    [heard] = book.asked("POST")
    assert heard.said == {"serial": 7, "id": own_id, "why": f"{own_id} asked"}


async def test_ids_of_another_look_are_never_sent(clock: Clock, tmp_path: Path) -> None:
    account = REQUESTS["account"] | {"pattern": "[a-z]+"}
    async with listening() as book, connected(book, tmp_path, clock, account=account) as connector:
        book.add("a1", LINE.spelled("digits"))
        with pytest.raises(UnknownRecord):
            await connector.holds("account-a1", LINE)
        assert book.heard == []
        with pytest.raises(StoreRefuses, match=r"account\.pattern"):
            await connector.find(LINE)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (lambda: web.Response(status=500, text="+8613800138000"), StoreDown),
        (lambda: web.Response(status=401), StoreDown),
        (lambda: web.Response(status=403), StoreDown),
        (lambda: web.Response(status=302, headers={"Location": "/elsewhere"}), StoreRefuses),
        (lambda: web.Response(status=400, text="+8613800138000"), StoreRefuses),
        (lambda: web.Response(text="<html>+8613800138000"), StoreRefuses),
        (lambda: web.Response(text="[" * 100_000), StoreRefuses),
        (lambda: reply([]), StoreRefuses),
        (lambda: reply({"id": {"a": 1}, "serial": 1}), StoreRefuses),
        (lambda: reply({"id": "a"}), StoreRefuses),
        (lambda: reply({"id": "b", "serial": 1}), Ambiguous),
    ],
)
async def test_what_a_server_says_is_told_apart_and_not_repeated(
    clock: Clock, tmp_path: Path, answer: object, trouble: type[Exception]
) -> None:
    assert callable(answer)
    async with listening() as book, connected(book, tmp_path, clock) as connector:
        book.lie = lambda _: answer()
        with pytest.raises(trouble) as raised:
            await connector.unbind("account-a", LINE)
    assert "138" not in str(raised.value)
    assert book.asked("DELETE") == []
    assert {heard.segments[-1] for heard in book.heard} == {"a"}


@pytest.mark.parametrize(
    ("section", "method", "part", "ask"),
    [
        ("find", "GET", "?number=", lambda connector: connector.find(LINE)),
        ("read", "GET", "/a", lambda connector: connector.holds("account-a", LINE)),
        ("unbind", "DELETE", "/phones/", lambda connector: connector.unbind("account-a", LINE)),
        ("deregister", "POST", "/close", lambda connector: connector.deregister("account-a", LINE)),
    ],
)
async def test_trouble_names_the_step_of_the_file(
    book: Book,
    connector: Connector,
    *,
    section: str,
    method: str,
    part: str,
    ask: Callable[[Connector], Awaitable[object]],
) -> None:
    book.add("a", LINE.spelled("digits"))
    for answer, trouble in ((reply(status=400), StoreRefuses), (reply(status=403), StoreDown)):
        book.lie = once(answer, method=method, part=part)
        with pytest.raises(trouble, match=rf"^{section}\.steps\[0\]: The server "):
            await ask(connector)


async def test_an_answer_without_end_is_not_taken(book: Book, connector: Connector) -> None:
    book.lie = lambda _: web.Response(body=b" " * (33 * 2**20))
    with pytest.raises(StoreRefuses, match="longer"):
        await connector.holds("account-a", LINE)


async def test_codes_in_the_reply_count_where_the_status_says_nothing(clock: Clock, tmp_path: Path) -> None:
    step = {
        "method": "GET", "path": "/people/{id}", "must": [{"path": "$.code", "value": 0}],
        "gone": [{"path": "$.code", "value": 404}], "later": [{"path": "$.code", "value": 429}],
        "take": {"serial": "$.person.serial"},
    }  # fmt: skip
    read = {"steps": [step], "account": "$.person"}
    async with listening() as book, connected(book, tmp_path, clock, read=read) as connector:
        book.add("a", LINE.spelled("digits"))
        said = [reply({"code": code, "person": book.people["a"]}) for code in (0, 404, 429, 500)]
        book.lie = once(*said, method="GET")
        assert await connector.holds("account-a", LINE)
        assert not await connector.holds("account-a", LINE)
        for trouble in (StoreDown, StoreRefuses):
            with pytest.raises(trouble):
                await connector.holds("account-a", LINE)


async def test_what_only_reads_is_asked_again(book: Book, connector: Connector) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = once(reply(status=503), reply(status=429), method="GET")
    assert await connector.holds(handle, LINE)
    book.lie = lambda _: reply(status=502)
    with pytest.raises(StoreDown):
        await connector.holds(handle, LINE)
    assert len(book.heard) == 6


async def test_a_change_is_sent_again_only_where_it_was_turned_away_unread(
    book: Book, connector: Connector
) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = once(reply(status=503), method="DELETE")
    with pytest.raises(StoreDown):
        await connector.unbind(handle, LINE)
    assert len(book.asked("DELETE")) == 1
    book.lie = once(reply(status=429, Retry_After="0"), method="DELETE")
    assert await connector.unbind(handle, LINE) is Effect.DONE
    assert len(book.asked("DELETE")) == 3


async def test_a_server_that_wants_to_rest_is_let_alone_as_long_as_it_says(
    book: Book, connector: Connector, clock: Clock
) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = once(reply(status=429, Retry_After="120"), method="GET")
    for _ in range(3):
        with pytest.raises(StoreDown):
            await connector.holds(handle, LINE)
    assert len(book.heard) == 1
    clock.turn(timedelta(seconds=121))
    assert await connector.holds(handle, LINE)


async def test_a_server_that_wants_to_rest_for_years_is_asked_again_before(
    book: Book, connector: Connector, clock: Clock
) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = once(reply(status=429, Retry_After="99999999"), method="GET")
    with pytest.raises(StoreDown):
        await connector.holds(handle, LINE)
    clock.turn(timedelta(minutes=6))
    assert await connector.holds(handle, LINE)


async def test_no_cookie_goes_from_one_account_to_the_next(book: Book, connector: Connector) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = once(reply(book.people["a"], Set_Cookie="session=somebody"), method="GET")
    assert await connector.holds(handle, LINE)
    assert not await connector.holds(handle, OTHER)
    assert ["Cookie" in heard.headers for heard in book.heard] == [False, False]


async def test_a_store_that_nobody_answers_for_is_down(clock: Clock, tmp_path: Path) -> None:
    async with listening() as book:
        pass
    async with connected(book, tmp_path, clock) as connector:
        with pytest.raises(StoreTrouble) as raised:
            await connector.find(LINE)
    assert isinstance(raised.value, StoreDown)
