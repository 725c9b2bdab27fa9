"""The worker sends each code once, through a real gateway on loopback, and sweeps what is over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jiebang import worker
from jiebang.domain.binding import OrderKind
from jiebang.domain.order import State
from jiebang.domain.proof import Proof
from jiebang.flows.lease_texts import lease_texts
from jiebang.flows.start_proof import start_proof
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.store.texts import TEXTS
from jiebang.wire.codes import code_for
from jiebang.wire.keys import make
from tests.build import BINDING, NOW, NUMBER, POLICY, on
from tests.flows.holder import answered, known, ordered, place, proven, stored
from tests.memory import opened, picture

LEASE = timedelta(seconds=15)
KEY = make()


@dataclass
class Clock:
    """A clock that the test turns."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Tell the time."""
        return self.at


@dataclass
class Post:
    """A gateway that first answers as it is told, and then takes everything."""

    refusals: list[int] = field(default_factory=list)
    offered: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Take a text in, or not."""
        self.offered.append(await request.json())
        return web.Response(status=self.refusals.pop(0) if self.refusals else 202)


@pytest.fixture
def clock() -> Clock:
    """Stop the clock."""
    return Clock()


@pytest.fixture
def house(database_url: str, clock: Clock) -> Iterator[House]:
    """Open a hub on a fresh database."""
    with opened(database_url) as database:
        yield around(database, clock)


def around(database: Database, clock: Clock) -> House:
    """Put a house around a database."""
    return House(
        database=database, policy=POLICY, key=KEY, issuer="http://127.0.0.1:8000", now=clock.now,
        secure_cookies=False,
    )  # fmt: skip


def begin(house: House) -> Proof:
    """Begin a proof; its code waits to be sent."""
    return start_proof(house.database, NUMBER, now=house.now(), policy=POLICY)


def text_of(proof: Proof) -> str:
    """The code that a text must carry."""
    return code_for(proof.id, secret=KEY.secret("codes"))


@asynccontextmanager
async def working(post: Post, *houses: House) -> AsyncIterator[None]:
    """Run a worker in each house, on one gateway."""
    app = web.Application()
    app.router.add_post("/texts", post.take)
    async with TestServer(app) as server:
        url = str(server.make_url("/texts"))
        tasks = [asyncio.create_task(worker.run(house, url)) for house in houses]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in ended] == [asyncio.CancelledError] * len(houses)


async def until(so: Callable[[], bool]) -> None:
    """Wait for something, at most ten seconds."""
    async with asyncio.timeout(10):
        while not so():  # noqa: ASYNC110 - what happens, happens in the database or on another thread
            await asyncio.sleep(0.01)


async def turned(house: House, clock: Clock, by: timedelta) -> None:
    """Let time pass, wake the worker, and give it time to look."""
    clock.at += by
    house.database.bell.ring([TEXTS])
    await asyncio.sleep(0.1)


def test_a_code_is_sent_once_to_its_number(house: House, clock: Clock) -> None:
    async def story() -> None:
        post = Post()
        async with working(post, house):
            proof = await asyncio.to_thread(begin, house)
            await until(lambda: not picture(house.database)["texts"])
            await turned(house, clock, LEASE)
        [text] = post.offered
        assert text["to"] == NUMBER.e164
        assert text_of(proof) in text["text"]

    asyncio.run(story())


def test_what_the_gateway_refused_is_offered_again_after_a_while(
    house: House, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> Proof:
        post = Post(refusals=[500, 429])
        proof = begin(house)
        async with working(post, house):
            for offers in (1, 2, 3):
                await until(lambda offers=offers: len(post.offered) == offers)  # type: ignore[misc]  # bound now
                await turned(house, clock, LEASE - timedelta(seconds=1))
                assert len(post.offered) == offers
                await turned(house, clock, timedelta(seconds=1))
            await until(lambda: not picture(house.database)["texts"])
        assert post.offered == [post.offered[0]] * 3
        return proof

    proof = asyncio.run(story())
    told = capsys.readouterr().out
    assert told.count("text=txt_") == 2
    assert NUMBER.e164[1:] not in told
    assert text_of(proof) not in told


def test_another_worker_sends_what_a_dead_one_had_taken(house: House, clock: Clock) -> None:
    async def story() -> None:
        post = Post()
        begin(house)
        assert len(lease_texts(house.database, now=clock.at, most=9)) == 1
        async with working(post, house):
            await turned(house, clock, LEASE - timedelta(seconds=1))
            assert post.offered == []
            await turned(house, clock, timedelta(seconds=1))
            await until(lambda: len(post.offered) == 1)

    asyncio.run(story())


def test_nothing_is_sent_once_its_code_is_over(house: House, clock: Clock) -> None:
    async def story() -> None:
        post = Post()
        begin(house)
        clock.at += POLICY.code_life
        alive = begin(house)
        async with working(post, house):
            await until(lambda: not picture(house.database)["texts"])
            await turned(house, clock, LEASE)
        assert [text_of(alive) in one["text"] for one in post.offered] == [True]

    asyncio.run(story())


def test_a_reminder_names_the_platform_the_holders_time_and_the_way_back(house: House, clock: Clock) -> None:
    known(house.database)
    proof = proven(house.database)
    own = replace(BINDING, label="李晚秋", bound=on(2026, 6, 18))
    place(house.database, proof, *answered(house.database, proof, own), kind=OrderKind.DEREGISTER)
    clock.at = NOW + POLICY.cooling_off - POLICY.remind_before

    async def story() -> None:
        post = Post()
        async with working(post, house):
            await until(lambda: len(post.offered) == 1)
        [text] = post.offered
        assert text["to"] == NUMBER.e164
        for said in ("青鸟商城", "11月27日14:30（UTC+08:00）", "27 Nov 14:30", f"{house.issuer}/orders"):
            assert said in text["text"]
        assert "晚秋" not in text["text"]

    asyncio.run(story())


def test_two_workers_on_one_database_send_each_code_once(
    house: House, clock: Clock, database_url: str
) -> None:
    async def story(other: House) -> None:
        post = Post()
        async with working(post, house, other):
            sent = [await asyncio.to_thread(begin, one) for one in (house, other, house, other)]
            await until(lambda: not picture(house.database)["texts"])
        codes = sorted(map(text_of, sent))
        assert sorted(code for one in post.offered for code in codes if code in one["text"]) == codes
        assert len(post.offered) == 4

    with ExitStack() as stack:
        other = Database(database_url)
        stack.callback(other.close)
        asyncio.run(story(around(other, clock)))


def test_a_worker_outlives_a_database_that_is_not_ready(empty_url: str, clock: Clock) -> None:
    async def story(database: Database) -> None:
        post, house = Post(), around(database, clock)
        async with working(post, house):
            await turned(house, clock, timedelta(0))
            await asyncio.to_thread(upgrade, database)
            await asyncio.to_thread(begin, house)
            await until(lambda: len(post.offered) == 1)

    with ExitStack() as stack:
        database = Database(empty_url)
        stack.callback(database.close)
        asyncio.run(story(database))


def test_without_a_gateway_the_worker_says_so_and_still_sweeps(
    house: House, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    _, [order] = ordered(house.database)
    clock.at = order.due

    async def story() -> None:
        task = asyncio.create_task(worker.run(house, None))
        await until(lambda: stored(house.database, order).state is State.EXPIRED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert "no SMS gateway is set" in capsys.readouterr().out
