"""Changes over HTTP: an account is read, compared, changed, and looked at again; nothing is half done."""

from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import HalfDone, StoreDown, Unsupported
from tests.agent.turning import Clock
from tests.connectors.book import LINE, OTHER, Book, Heard, Json, connected, once, reply

pytestmark = pytest.mark.anyio

BORROW = {
    "method": "POST",
    "path": "/people/{id}/token",
    "body": {"until": "{soon_ms}"},
    "take": {"token": "$.token"},
}
TAKE_OFF = {
    "method": "DELETE", "path": "/people/{id}/phones/{contact}", "bearer": "{token}", "for_each": "number",
    "gone": [404],
}  # fmt: skip
GIVE_BACK = {"method": "POST", "path": "/logout", "bearer": "{token}", "body": {}}
BORROWED: Json = {"steps": [BORROW, TAKE_OFF], "afterwards": [GIVE_BACK]}


@pytest.fixture
def handle(book: Book) -> str:
    """Write somebody in with one number."""
    return book.add("a", LINE.spelled("digits"))


def lending(heard: Heard, **instead: int) -> Json:
    """Lend a token and take it back; `instead` says which requests fail, and how."""
    last = heard.segments[-1]
    if last in instead or heard.method in instead:
        return reply(status=instead.get(last) or instead[heard.method])
    return reply({"token": "t0"}) if last == "token" else reply() if last == "logout" else None


async def test_every_place_of_the_number_is_emptied_and_no_other(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    handle = book.add("a", LINE.spelled("digits"), OTHER.e164, LINE.spelled("tel"))
    async with connected(book, tmp_path, clock) as connector:
        assert await connector.unbind(handle, LINE) is Effect.DONE
        assert await connector.unbind(handle, LINE) is Effect.GONE
    assert book.numbers("a") == [OTHER.e164]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("{mobile: null}", {"mobile": None}),
        ("{customer: {mobile: null}}", {"customer": {"mobile": None}}),
        ("{mobile: }", {"mobile": None}),
        ("{number: ~}", {"number": None}),
    ],
)
async def test_a_number_is_taken_off_by_null(
    book: Book, tmp_path: Path, clock: Clock, handle: str, written: str, sent: Json
) -> None:
    def _patched(heard: Heard) -> Json:
        return reply(book.people["a"].update(phones=[])) if heard.method == "PATCH" else None

    book.lie = _patched
    step = {"method": "PATCH", "path": "/people/{id}", "body": yaml.safe_load(written)}
    async with connected(book, tmp_path, clock, unbind={"steps": [step]}) as connector:
        assert await connector.unbind(handle, LINE) is Effect.DONE
    [patch] = book.asked("PATCH")
    assert (patch.segments, patch.said) == (["people", "a"], sent)


async def test_a_token_is_borrowed_for_one_account_and_given_back(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = lending
    async with connected(book, tmp_path, clock, unbind=BORROWED) as connector:
        assert await connector.unbind(handle, LINE) is Effect.DONE
    sent = [(one.segments[-1], one.headers.get("Authorization")) for one in book.heard if one.method != "GET"]
    assert sent == [("token", None), ("k0", "Bearer t0"), ("logout", "Bearer t0")]


async def test_a_server_that_fails_in_the_middle_leaves_nothing_behind(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    async with connected(book, tmp_path, clock, unbind=BORROWED) as connector:
        book.lie = lambda heard: lending(heard, DELETE=500)
        with pytest.raises(StoreDown, match="500"):
            await connector.unbind(handle, LINE)
        assert book.numbers("a") == [LINE.spelled("digits")]
        assert len(book.asked("POST", "logout")) == 1
        book.lie = lending
        assert await connector.unbind(handle, LINE) is Effect.DONE
    assert len(book.asked("POST", "logout")) == 2


async def test_a_token_is_given_back_also_to_a_server_that_wants_to_rest(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    def _busy(heard: Heard) -> Json:
        return reply(status=429, Retry_After="60") if heard.method == "DELETE" else lending(heard)

    book.lie = _busy
    async with connected(book, tmp_path, clock, unbind=BORROWED) as connector:
        with pytest.raises(StoreDown, match="429"):
            await connector.unbind(handle, LINE)
    assert [one.segments[-1] for one in book.asked("POST")] == ["token", "logout"]
    assert book.numbers("a") == [LINE.spelled("digits")]


async def test_what_was_not_borrowed_is_not_given_back(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = lambda heard: lending(heard, token=503)
    async with connected(book, tmp_path, clock, unbind=BORROWED) as connector:
        with pytest.raises(StoreDown):
            await connector.unbind(handle, LINE)
    assert [one.segments[-1] for one in book.asked("POST")] == ["token"]


async def test_a_token_that_cannot_be_given_back_undoes_nothing_and_is_told(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = lambda heard: lending(heard, logout=500)
    with capture_logs() as lines:
        async with connected(book, tmp_path, clock, unbind=BORROWED) as connector:
            assert await connector.unbind(handle, LINE) is Effect.DONE
    assert [(line["event"], line["why"]) for line in lines] == [
        ("agent:store:afterwards-failed", "unbind.afterwards[0]: The server says 500.")
    ]


async def test_an_account_that_goes_away_in_between_is_gone(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    gone = {"steps": [BORROW | {"gone": [404]}, TAKE_OFF], "afterwards": [GIVE_BACK]}

    def _goes(heard: Heard) -> Json:
        return reply(status=404) if heard.method == "POST" and book.people.pop("a", None) else None

    book.lie = _goes
    async with connected(book, tmp_path, clock, unbind=gone) as connector:
        assert await connector.unbind(handle, LINE) is Effect.DONE
    assert len(book.heard) == 3


@pytest.mark.parametrize("order", ["unbind", "deregister"])
async def test_a_change_that_does_not_take_is_found_out(
    book: Book, tmp_path: Path, clock: Clock, handle: str, order: str
) -> None:
    book.lie = lambda heard: None if heard.method == "GET" else reply()
    async with connected(book, tmp_path, clock) as connector:
        with pytest.raises(HalfDone, match="has the number still"):
            await getattr(connector, order)(handle, LINE)
    assert book.numbers("a") == [LINE.spelled("digits")]


async def test_an_account_that_only_lost_its_number_is_not_closed(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    half = {"steps": [{"method": "DELETE", "path": "/people/{id}/phones/{contact}", "for_each": "number"}]}
    async with connected(book, tmp_path, clock, deregister=half) as connector:
        with pytest.raises(HalfDone, match="open still"):
            await connector.deregister(handle, LINE)


async def test_a_closed_account_is_gone_and_not_found(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    async with connected(book, tmp_path, clock) as connector:
        assert await connector.deregister(handle, LINE) is Effect.DONE
        book.people["a"]["phones"] = [{"number": LINE.spelled("digits"), "key": "k0"}]
        assert await connector.deregister(handle, LINE) is Effect.GONE
        found = await connector.find(LINE)
    assert (found.records, found.strangers) == ((), 0)


FASTER = {"steps": [TAKE_OFF | {"bearer": None, "conflict": [409]}]}


async def test_after_somebody_faster_the_account_is_read_and_compared_again(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = once(reply(status=409), reply(status=409), method="DELETE")
    async with connected(book, tmp_path, clock, unbind=FASTER) as connector:
        assert await connector.unbind(handle, LINE) is Effect.DONE
    assert [heard.method for heard in book.heard] == ["GET", "DELETE"] * 3 + ["GET"]


async def test_somebody_who_is_faster_again_and_again_is_let_pass(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = lambda heard: reply(status=409) if heard.method == "DELETE" else None
    async with connected(book, tmp_path, clock, unbind=FASTER) as connector:
        with pytest.raises(StoreDown, match="keeps changing"):
            await connector.unbind(handle, LINE)
    assert len(book.asked("DELETE")) == 3


async def test_an_account_is_marked_where_the_file_says_how(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    flag = {"steps": [{"method": "POST", "path": "/people/{id}/close", "body": {"look": "at {id}"}}]}
    async with connected(book, tmp_path, clock, flag=flag) as connector:
        assert await connector.flag(handle, OTHER) is Effect.GONE
        assert await connector.flag(handle, LINE) is Effect.DONE
        assert "nothing was tried" in await connector.rehearse(handle, LINE)
    assert [one.said for one in book.asked("POST")] == [{"look": "at a"}]


async def test_what_is_not_offered_is_not_done(book: Book, tmp_path: Path, clock: Clock, handle: str) -> None:
    async with connected(book, tmp_path, clock, can=["unbind"]) as connector:
        for change in (connector.flag, connector.deregister):
            with pytest.raises(Unsupported):
                await change(handle, LINE)
    assert book.heard == []
