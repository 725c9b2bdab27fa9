"""Letters are posted until the platform takes them, by one worker at a time; one that is down rests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jiebang.domain.number import Number, parse
from jiebang.domain.stream import SUPPORTED, Push, Stream
from jiebang.flows.open_stream import open_stream
from jiebang.house import House
from jiebang.pushing import push_once, push_session
from jiebang.wire.keys import make
from jiebang.wire.outside import Outside
from tests.flows.test_signals import disconnect
from tests.memory import SHOP, opened, picture
from tests.test_worker import KEY, Clock, around

LINES = [parse(f"+86138001390{last:02}") for last in range(30)]


@dataclass
class Door:
    """A platform's door for letters: it first answers as it is told, and then takes everything."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    calls: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Take a letter, or not."""
        self.calls += 1
        self.headers.append((request.headers["Content-Type"], request.headers.get("Authorization", "")))
        token = await request.text()
        if self.answers:
            status, err = self.answers.pop(0)
            return web.json_response({"err": err}, status=status, headers={"Location": "/letters"})
        self.taken.append(token)
        return web.Response(status=202)

    def numbers(self) -> list[str]:
        """Read the numbers of what was taken, with a library that the hub does not use."""
        key = jwt.PyJWK(KEY.public_set()["keys"][0])
        # The hub's clock is the test's, and not this library's.
        timeless = {"verify_iat": False}
        read = [
            jwt.decode(token, key, algorithms=["ES256"], audience=SHOP, options=timeless)  # type: ignore[arg-type]  # a subset
            for token in self.taken
        ]
        return [claims["sub_id"]["phone_number"] for claims in read]


@pytest.fixture
def clock() -> Clock:
    """Stop the clock."""
    return Clock()


@pytest.fixture
def house(database_url: str, clock: Clock) -> Iterator[House]:
    """Open a hub on a fresh database, whose platforms are near."""
    with opened(database_url) as database:
        near = Outside(opened=[ip_network("127.0.0.0/8")])
        yield replace(around(database, clock), outside=near)


@asynccontextmanager
async def pushed(house: House, door: Door) -> AsyncIterator[tuple[Stream, aiohttp.ClientSession]]:
    """Open the shop's stream to a door that listens."""
    app = web.Application()
    app.router.add_post("/letters", door.take)
    async with TestServer(app) as server, push_session(house) as session:
        url = str(server.make_url("/letters"))
        push = Push(url=url, locked=house.safe.lock("Bearer ours", place=url))
        yield open_stream(house.database, SHOP, events=SUPPORTED, description=None, push=push), session


def spread(numbers: list[Number]) -> list[str]:
    """Write numbers out."""
    return sorted(number.e164 for number in numbers)


def test_letters_are_posted_once_each_and_believed(house: House) -> None:
    async def run() -> None:
        door = Door()
        async with pushed(house, door) as (_, session):
            disconnect(house.database, *LINES)
            await push_once(house, session)
            assert sorted(door.numbers()) == spread(LINES)
            assert set(door.headers) == {("application/secevent+jwt", "Bearer ours")}
            await push_once(house, session)
            assert door.calls == len(LINES)

    asyncio.run(run())
    assert f'"seq": {len(LINES)}' in picture(house.database)["cursors"][0]


def test_a_platform_that_is_down_rests_longer_and_longer_and_loses_nothing(
    house: House, clock: Clock
) -> None:
    async def run() -> None:
        door = Door(answers=[(503, "")] * 20)
        async with pushed(house, door) as (_, session):
            disconnect(house.database, *LINES)
            tries = []
            for _ in range(60):
                before = door.calls
                await push_once(house, session)
                tries.append(door.calls > before)
                clock.at += timedelta(seconds=1)
            assert tries[:16] == [at in {0, 2, 6, 14} for at in range(16)]
            clock.at += timedelta(minutes=5)
            await push_once(house, session)
            assert sorted(door.numbers()) == spread(LINES)

    asyncio.run(run())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_letter_that_is_sent_elsewhere_is_not_taken(house: House, clock: Clock, status: int) -> None:
    async def run() -> None:
        door = Door(answers=[(status, "")])
        async with pushed(house, door) as (_, session):
            disconnect(house.database, *LINES[:1])
            await push_once(house, session)
            assert (door.calls, door.taken) == (1, [])
            clock.at += timedelta(seconds=2)
            await push_once(house, session)
            assert door.numbers() == spread(LINES[:1])

    asyncio.run(run())


def test_a_platform_that_is_inside_is_not_reached(house: House) -> None:
    async def run() -> None:
        door = Door()
        shut = replace(house, outside=Outside())
        async with pushed(shut, door) as (_, session):
            disconnect(house.database, *LINES)
            await push_once(shut, session)
            assert door.calls == 0

    asyncio.run(run())


def test_what_another_key_has_locked_is_not_sent(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        door = Door(answers=[(401, "")])
        async with pushed(house, door) as (_, session):
            disconnect(house.database, *LINES[:1])
            await push_once(replace(house, key=make()), session)
            assert door.headers == [("application/secevent+jwt", "")]

    asyncio.run(run())
    assert "cannot be unlocked" in capsys.readouterr().out


def test_what_a_platform_cannot_read_is_noted_and_passed(house: House) -> None:
    async def run() -> None:
        door = Door(answers=[(400, "invalid_request")])
        async with pushed(house, door) as (_, session):
            disconnect(house.database, *LINES[:3])
            await push_once(house, session)
            assert len(door.taken) == 2

    asyncio.run(run())
    assert len(picture(house.database)["complaints"]) == 1


def test_two_workers_do_not_post_the_same(house: House) -> None:
    async def run() -> None:
        door = Door()
        async with pushed(house, door) as (_, session):
            disconnect(house.database, *LINES)
            await asyncio.gather(push_once(house, session), push_once(house, session))
            assert door.calls == len(LINES)

    asyncio.run(run())
