"""A carrier that fails, in whatever way, is told as silent; one that answers is believed."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jiebang.domain.sim import NOBODY, SILENT, Heard, Sim
from jiebang.wire.carriers import CHECKS, SIM_SWAP, Carriers, CarrierSilent, Source
from jiebang.wire.keys import make
from tests.build import NUMBER

RECYCLING = CHECKS[0]
TOKEN = (200, json.dumps({"access_token": "t", "expires_in": 300}))
YES = (200, json.dumps({"phoneNumberRecycled": True}))
UNKNOWN = (404, json.dumps({"status": 404, "code": "IDENTIFIER_NOT_FOUND", "message": "No."}))
DAY = date(2024, 1, 1)
EVERYTHING = frozenset({"number-recycling", "kyc-tenure", "sim-swap"})
CHANGED = datetime(2026, 11, 20, 8, tzinfo=UTC)
Reply = tuple[int, str]


@dataclass
class Pretender:
    """A carrier that replies as it is told."""

    token: Reply = TOKEN
    replies: list[Reply] = field(default_factory=lambda: [YES])
    slow: float = 0
    fetched: int = 0
    asked: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def give_token(self, _: web.Request) -> web.Response:
        """Give a token, or not."""
        self.fetched += 1
        return written(self.token)

    async def check(self, _: web.Request) -> web.Response:
        """Answer a question; the last reply is the one to all that follow."""
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.slow)
        self.at_once -= 1
        return written(self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])


def written(reply: Reply) -> web.Response:
    """Write a reply out."""
    return web.Response(status=reply[0], text=reply[1], headers={"Location": "/elsewhere"})


@asynccontextmanager
async def asking(
    pretender: Pretender, *, patience: float = 5, offers: frozenset[str] = EVERYTHING
) -> AsyncIterator[Carriers]:
    """Name the pretender to a hub as the one carrier of a country."""
    app = web.Application()
    app.router.add_post("/token", pretender.give_token)
    app.router.add_post(RECYCLING.path, pretender.check)
    app.router.add_post(SIM_SWAP, pretender.check)
    app.router.add_route("*", "/elsewhere", pretender.check)
    async with TestServer(app) as server:
        root = str(server.make_url("")).rstrip("/")
        source = Source(
            api_root=root,
            token_url=f"{root}/token",
            client_id="hub",
            countries=frozenset({"86"}),
            offers=offers,
        )
        carriers = Carriers(sources=[source], key=make(), now=lambda: datetime.now(UTC), patience=patience)
        try:
            yield carriers
        finally:
            await carriers.close()


async def ask(pretender: Pretender, *, patience: float = 5) -> bool | None:
    """Ask once."""
    async with asking(pretender, patience=patience) as carriers:
        return await carriers.ask(RECYCLING, number=NUMBER, on=DAY)


@pytest.mark.parametrize(("reply", "heard"), [(YES, True), (UNKNOWN, None)])
def test_a_carrier_that_answers_is_believed(reply: Reply, heard: bool | None) -> None:  # noqa: FBT001 - a case
    assert asyncio.run(ask(Pretender(replies=[reply]))) is heard


@pytest.mark.parametrize(
    "reply",
    [
        (500, f"no such line {NUMBER.e164}"), (503, "{}"), (429, "{}"), (403, "{}"), (400, "{}"), (302, "{}"),
        (307, "{}"), (404, "<html>"), (404, '{"code": "NOT_FOUND"}'), (200, ""), (200, "yes"), (200, "[]"),
        (200, "{}"), (200, '{"phoneNumberRecycled": "true"}'), (200, "[" * 50_000), (200, " " * 10_000_000),
        (401, "{}"),
    ],
)  # fmt: skip
def test_a_carrier_that_fails_is_silent(reply: Reply, capsys: pytest.CaptureFixture[str]) -> None:
    pretender = Pretender(replies=[reply])
    with pytest.raises(CarrierSilent) as silent:
        asyncio.run(ask(pretender))
    assert NUMBER.e164[1:] not in "".join(traceback.format_exception(silent.value))
    assert (capsys.readouterr().out, pretender.asked) == ("", 2 if reply[0] == 401 else 1)


@pytest.mark.parametrize(
    "token",
    [
        (500, ""), (401, '{"error": "invalid_client"}'), (200, "[]"), (307, "{}"),
        (200, '{"access_token": "t", "expires_in": "soon"}'),
        (200, '{"access_token": "t", "expires_in": Infinity}'),
        (200, '{"access_token": "a\\nb", "expires_in": 300}'),
    ],
)  # fmt: skip
def test_a_carrier_that_gives_no_token_is_silent(token: Reply) -> None:
    with pytest.raises(CarrierSilent):
        asyncio.run(ask(Pretender(token=token)))


def test_a_carrier_that_takes_too_long_is_silent() -> None:
    with pytest.raises(CarrierSilent):
        asyncio.run(ask(Pretender(slow=5), patience=0.2))


def test_a_token_that_is_no_longer_taken_is_fetched_again() -> None:
    pretender = Pretender(replies=[(401, "<html>"), YES])
    assert asyncio.run(ask(pretender)) is True
    assert (pretender.fetched, pretender.asked) == (2, 2)


def test_many_questions_at_once_are_asked_with_one_token_and_some_at_a_time() -> None:
    async def run(pretender: Pretender) -> list[bool | None]:
        async with asking(pretender) as carriers:
            questions = [carriers.ask(RECYCLING, number=NUMBER, on=DAY) for _ in range(300)]
            return await asyncio.gather(*questions)

    pretender = Pretender(slow=0.2)
    assert asyncio.run(run(pretender)) == [True] * 300
    assert (pretender.fetched, pretender.most_at_once) == (1, 50)


def sim(pretender: Pretender, *, offers: frozenset[str] = EVERYTHING) -> Sim:
    """Ask once about a SIM."""

    async def run() -> Sim:
        async with asking(pretender, offers=offers) as carriers:
            assert carriers.can_tell_of_sims(NUMBER) is ("sim-swap" in offers)
            return await carriers.sim(NUMBER)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("reply", "heard"),
    [
        ((200, '{"latestSimChange": "2026-11-20T16:00:00.123456789+08:00"}'), 123456),
        ((200, '{"latestSimChange": "2026-11-20T08:00:00Z"}'), 0),
        ((200, '{"latestSimChange": null}'), None),
        ((200, '{"latestSimChange": "2026-11-20T08:00:00Z", "monitoredPeriod": 1}'), 0),
    ],
)
def test_a_carrier_says_when_a_sim_was_changed(reply: Reply, heard: int | None) -> None:
    changed_at = None if heard is None else CHANGED.replace(microsecond=heard)
    assert sim(Pretender(replies=[reply])) == Sim(Heard.TOLD, changed_at)


def test_a_carrier_that_names_no_change_says_how_far_back_it_looks() -> None:
    reply = (200, '{"latestSimChange": null, "monitoredPeriod": 2}')
    assert sim(Pretender(replies=[reply])) == Sim(Heard.TOLD, watched=timedelta(days=2))


@pytest.mark.parametrize("reply", [UNKNOWN, (422, '{"code": "SERVICE_NOT_APPLICABLE"}')])
def test_a_line_that_is_not_the_carriers_is_nobodys_to_tell(reply: Reply) -> None:
    assert sim(Pretender(replies=[reply])) == NOBODY


def test_a_carrier_that_offers_no_word_on_sims_is_not_asked() -> None:
    pretender = Pretender()
    assert sim(pretender, offers=frozenset({"kyc-tenure"})) == NOBODY
    assert (pretender.asked, pretender.fetched) == (0, 0)


@pytest.mark.parametrize(
    "reply",
    [
        (500, ""), (403, "{}"), (422, "{}"), (200, "{}"), (200, '{"latestSimChange": "lately"}'),
        (200, '{"latestSimChange": 5}'), (200, '{"latestSimChange": "2026-11-20T08:00:00"}'), (302, "{}"),
        (200, '{"latestSimChange": null, "monitoredPeriod": "all"}'),
    ],
)  # fmt: skip
def test_a_carrier_that_fails_is_not_taken_for_one_that_says_no(reply: Reply) -> None:
    assert sim(Pretender(replies=[reply])) == SILENT
