"""Changes over HTTP that the server's own rules forbid, that it makes later, or of which it says only OK."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from jiebang.agent.act import act_on_due
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.desk import Desk
from jiebang.agent.errors import Declined, HalfDone, Promised, StoreDown, StoreRefuses, StoreTrouble
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger
from jiebang.agent.objections import Objection
from tests.agent.pretender import Pretender
from tests.agent.test_orders import turn
from tests.agent.turning import Clock
from tests.connectors.book import LINE, Book, Heard, Json, connected, once, reply

pytestmark = pytest.mark.anyio
OFF = {"method": "DELETE", "path": "/people/{id}/phones/{contact}", "for_each": "number"}
SESSIONS = {"method": "POST", "path": "/people/{id}/sessions", "body": {}}
LAST = [{"status": 403, "path": "$.err", "value": "LAST_LOGIN"}]


@pytest.fixture
def handle(book: Book) -> str:
    """Write somebody in with one number."""
    return book.add("a", LINE.spelled("digits"))


def says(method: str, answer: Callable[[], Json], part: str = "") -> Callable[[Heard], Json]:
    """Answer requests of one method so, whatever they ask for."""
    return lambda heard: answer() if heard.method == method and part in heard.path else None


@pytest.mark.parametrize(
    ("status", "signs", "trouble"),
    [
        *[(status, {}, Declined) for status in (400, 405, 409, 422)],
        *[(status, {}, StoreRefuses) for status in (404, 410, 418)],
        (403, {}, StoreDown),
        (403, {"declined": LAST}, Declined),
        (200, {"declined": [{"path": "$.err", "value": "LAST_LOGIN"}]}, Declined),
        (422, {"later": [422], "declined": [422]}, StoreDown),
        (409, {"conflict": [409]}, StoreDown),
    ],
)
async def test_a_change_that_the_servers_rules_forbid_is_declined(
    book: Book, tmp_path: Path, clock: Clock, *, status: int, signs: Json, trouble: type[Exception]
) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = says("DELETE", lambda: reply({"err": "LAST_LOGIN"}, status=status))
    async with connected(book, tmp_path, clock, unbind={"steps": [OFF | signs]}) as connector:
        with pytest.raises(StoreTrouble) as raised:
            await connector.unbind(handle, LINE)
    assert raised.type is trouble
    assert book.numbers("a") == [LINE.spelled("digits")]


async def test_what_is_declined_and_done_by_somebody_else_is_gone(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    def _faster() -> Json:
        book.people["a"]["phones"].clear()
        return reply(status=409)

    book.lie = says("DELETE", _faster)
    async with connected(book, tmp_path, clock) as connector:
        assert await connector.unbind(handle, LINE) is Effect.GONE


LEND = {"method": "POST", "path": "/people/{id}/token", "body": {}, "take": {"token": "$.token"}}


@pytest.mark.parametrize(
    ("steps", "trouble"),
    [
        ([SESSIONS, OFF], HalfDone),
        ([SESSIONS | {"gone": [{"path": "$.none", "value": True}]}, OFF], HalfDone),
        ([SESSIONS | {"method": "GET", "body": None}, OFF], Declined),
        ([LEND, OFF | {"bearer": "{token}"}], Declined),
    ],
)
async def test_that_nothing_was_changed_is_said_only_where_no_step_before_was_taken(
    book: Book, tmp_path: Path, clock: Clock, *, steps: Json, trouble: type[Exception]
) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    book.lie = lambda heard: (
        reply(status=422) if heard.method == "DELETE"
        else reply({"token": "t0"}) if heard.segments[-1] in {"sessions", "token"}
        else None
    )  # fmt: skip
    async with connected(book, tmp_path, clock, unbind={"steps": steps}) as connector:
        with pytest.raises(trouble, match=r"unbind\.steps\[1\]: The server declines the change with 422"):
            await connector.unbind(handle, LINE)
    assert len(book.asked("DELETE")) == 1


@pytest.mark.parametrize(
    ("first", "second", "trouble"),
    [(200, 422, HalfDone), (202, 200, Promised), (409, 422, Declined)],
)
async def test_what_was_done_before_somebody_else_came_in_between_is_not_forgotten(
    book: Book, tmp_path: Path, clock: Clock, *, first: int, second: int, trouble: type[Exception]
) -> None:
    handle = book.add("a", LINE.spelled("digits"))
    sessions, deletions = iter([first, second]), iter([409, 200])
    book.lie = lambda heard: (
        reply(status=next(sessions)) if heard.method == "POST"
        else reply(status=next(deletions)) if heard.method == "DELETE"
        else None
    )  # fmt: skip
    steps = [step | {"conflict": [409]} for step in (SESSIONS, OFF)]
    async with connected(book, tmp_path, clock, unbind={"steps": steps}) as connector:
        with pytest.raises(StoreTrouble) as raised:
            await connector.unbind(handle, LINE)
    assert raised.type is trouble
    assert list(sessions) == []


async def test_a_second_place_that_is_declined_leaves_an_account_changed_in_part(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    handle = book.add("a", LINE.spelled("digits"), LINE.e164)
    book.lie = says("DELETE", lambda: reply(status=422), part="k1")
    async with connected(book, tmp_path, clock, unbind={"steps": [OFF]}) as connector:
        with pytest.raises(HalfDone, match="has the number still"):
            await connector.unbind(handle, LINE)


async def test_a_step_that_is_declined_after_the_number_is_off_is_an_alarm(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = says("POST", lambda: reply(status=422))
    unbind = {"steps": [OFF, SESSIONS]}
    async with connected(book, tmp_path, clock, unbind=unbind, deregister=unbind) as connector:
        with capture_logs() as lines:
            assert await connector.unbind(handle, LINE) is Effect.DONE
        book.add("a", LINE.spelled("digits"))
        with pytest.raises(HalfDone, match="open still"):
            await connector.deregister(handle, LINE)
    assert [line["event"] for line in lines] == ["agent:store:alarm"]


@pytest.mark.parametrize("order", ["unbind", "deregister"])
async def test_what_is_accepted_is_not_done_yet_and_not_denied(
    book: Book, tmp_path: Path, clock: Clock, handle: str, order: str
) -> None:
    change = {"steps": [{"method": "PUT", "path": "/people/{id}/jobs", "body": {}}]}
    book.lie = says("PUT", lambda: web.Response(status=202, text="queued"))
    async with connected(book, tmp_path, clock, unbind=change, deregister=change) as connector:
        with pytest.raises(StoreDown, match="has not made it yet"):
            await getattr(connector, order)(handle, LINE)
        del book.people["a"]
        assert await getattr(connector, order)(handle, LINE) is Effect.GONE
    assert len(book.asked("PUT")) == 1


@pytest.mark.parametrize(("minutes", "closed"), [(9, True), (30, True), (30, False)])
async def test_an_account_that_is_to_be_closed_later_is_not_closed_while_it_is_open(
    book: Book, tmp_path: Path, clock: Clock, handle: str, *, minutes: int, closed: bool
) -> None:
    def _off_and_later_closed() -> Json:
        book.people["a"]["phones"].clear()
        return reply(status=202)

    book.lie = says("POST", _off_and_later_closed)
    async with connected(book, tmp_path, clock) as connector:
        for _ in range(2):
            with pytest.raises(StoreDown, match="has not made it yet"):
                await connector.deregister(handle, LINE)
        assert await connector.unbind(handle, LINE) is Effect.GONE
        clock.turn(timedelta(minutes=minutes))
        if closed:
            book.people["a"]["state"] = "closed"
            assert await connector.deregister(handle, LINE) is Effect.GONE
        else:
            with pytest.raises(HalfDone, match="open still"):
                await connector.deregister(handle, LINE)
    assert len(book.asked("POST")) == 1


async def test_what_is_accepted_and_done_at_once_is_done(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    def _at_once() -> Json:
        book.people["a"]["phones"].clear()
        return reply(status=202)

    book.lie = says("DELETE", _at_once)
    async with connected(book, tmp_path, clock) as connector:
        assert await connector.unbind(handle, LINE) is Effect.DONE


async def test_a_success_from_which_nothing_is_taken_need_not_be_json(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = lambda heard: web.Response(text="OK") if heard.segments[-1] in {"sessions", "v"} else None
    unbind = {"steps": [SESSIONS, OFF], "afterwards": [SESSIONS | {"body": {"id": "{id}"}}]}
    check = {"steps": [{"method": "GET", "path": "/v"}]}
    async with connected(book, tmp_path, clock, unbind=unbind, check=check) as connector:
        await connector.check()
        with capture_logs() as lines:
            assert await connector.unbind(handle, LINE) is Effect.DONE
    assert (len(book.asked("POST")), lines) == (2, [])


@pytest.mark.parametrize("wants", [{"take": {"t": "$.t"}}, {"must": [{"path": "$.ok", "value": True}]}])
async def test_a_success_that_does_not_say_what_it_must_is_none(
    book: Book, tmp_path: Path, clock: Clock, handle: str, wants: Json
) -> None:
    book.lie = lambda heard: web.Response(text="OK") if heard.method == "POST" else None
    async with connected(book, tmp_path, clock, unbind={"steps": [SESSIONS | wants, OFF]}) as connector:
        with pytest.raises(StoreRefuses, match="does not answer in JSON"):
            await connector.unbind(handle, LINE)
    assert book.asked("DELETE") == []


@asynccontextmanager
async def desk(book: Book, folder: Path, clock: Clock, hub: Hub) -> AsyncIterator[Desk]:
    """Lay out an agent's desk between a book and the pretender."""
    with closing(Ledger(folder / "ledger.db")) as ledger:
        async with connected(book, folder, clock) as connector:
            yield Desk(hub=hub, connector=connector, ledger=ledger, now=clock)


async def test_what_is_declined_is_sent_once_and_denied_with_the_true_reason(
    book: Book, tmp_path: Path, clock: Clock, hub: Hub, pretender: Pretender
) -> None:
    pretender.order("ord_1", book.add("a", LINE.spelled("digits")), number=LINE)
    book.lie = says("DELETE", lambda: reply(status=422))
    async with desk(book, tmp_path, clock, hub) as laid_out:
        with capture_logs() as lines:
            for _ in range(5):
                await turn(laid_out)
                clock.turn(timedelta(minutes=5))
    [said] = pretender.outcomes
    assert (said["outcome"], said["reason"], said["words"]) == ("denied", "other", Declined.__doc__)
    assert len(book.asked("DELETE")) == 1
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["agent:order:declined"]


async def test_what_is_accepted_is_looked_for_and_sent_again_only_when_it_seems_lost(
    book: Book, tmp_path: Path, clock: Clock, hub: Hub, pretender: Pretender
) -> None:
    pretender.order("ord_1", book.add("a", LINE.spelled("digits")), number=LINE)
    # Asked once more while it works on it, it refuses: that is nothing to deny the order for.
    book.lie = says("DELETE", lambda: reply(status=202 if len(book.asked("DELETE")) != 2 else 409))
    async with desk(book, tmp_path, clock, hub) as laid_out:
        for _ in range(60):
            await turn(laid_out)
            clock.turn(timedelta(seconds=9))
        assert (len(book.asked("DELETE")), len(book.asked("GET")) > 6) == (1, True)
        book.people["a"]["phones"].clear()
        clock.turn(timedelta(minutes=5))
        await turn(laid_out)
    assert [said["outcome"] for said in pretender.outcomes if said["outcome"] != "accepted"] == ["fulfilled"]
    assert len(book.asked("DELETE")) == 1


async def test_what_was_accepted_and_not_made_in_ten_minutes_is_sent_once_more(
    book: Book, tmp_path: Path, clock: Clock, handle: str
) -> None:
    book.lie = once(reply(status=202), method="DELETE")
    async with connected(book, tmp_path, clock) as connector:
        for _ in range(10):
            with pytest.raises(StoreDown, match="has not made it yet"):
                await connector.unbind(handle, LINE)
            clock.turn(timedelta(minutes=1))
        assert len(book.asked("DELETE")) == 1
        assert await connector.unbind(handle, LINE) is Effect.DONE


async def test_once_a_server_has_promised_a_change_it_is_too_late_to_object(
    book: Book, tmp_path: Path, clock: Clock, hub: Hub, pretender: Pretender
) -> None:
    week = timedelta(days=7)
    pretender.order("ord_1", book.add("a", LINE.spelled("digits")), number=LINE, waits=week)
    book.lie = says("DELETE", lambda: reply(status=202))
    async with desk(book, tmp_path, clock, hub) as laid_out:
        await turn(laid_out)
        clock.turn(week)
        await act_on_due(laid_out)
        assert len(book.asked("DELETE")) == 1
        said = laid_out.objections.object("ord_1", words="It is mine.", now=clock())
    assert said is Objection.TOO_LATE
