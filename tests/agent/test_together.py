"""Questions are taken to a store in bunches, and each is answered on its own."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest

from jiebang.agent.connectors.together import Together
from jiebang.agent.errors import Ambiguous, StoreDown

pytestmark = pytest.mark.anyio


class Counting(ThreadPoolExecutor):
    """Threads that count how often something is handed to them."""

    handed = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - the library's own
        """Hand something over."""
        self.handed += 1
        return super().submit(fn, *args, **kwargs)


@pytest.fixture
def threads() -> Iterator[Counting]:
    """Give threads enough."""
    with Counting(4) as threads:
        yield threads


def _double(asked: int) -> int:
    return asked * 2


async def test_what_is_asked_in_one_moment_goes_along_in_one_bunch(threads: Counting) -> None:
    together = Together(_double, threads, width=4)
    assert await asyncio.gather(*map(together.ask, range(50))) == [one * 2 for one in range(50)]
    assert threads.handed == 1


async def test_one_question_after_another_is_answered(threads: Counting) -> None:
    together = Together(_double, threads, width=1)
    async with asyncio.timeout(10):
        assert [await together.ask(one) for one in range(20)] == [one * 2 for one in range(20)]


async def test_each_hears_of_its_own_failure_alone(threads: Counting) -> None:
    def answer(asked: int) -> int:
        if asked % 2:
            raise Ambiguous
        return asked

    came = await asyncio.gather(
        *map(Together(answer, threads, width=1).ask, range(4)), return_exceptions=True
    )
    assert [type(one) for one in came] == [int, Ambiguous, int, Ambiguous]


async def test_a_store_that_is_down_is_waited_for_once_a_bunch(threads: Counting) -> None:
    tried = []

    def answer(asked: int) -> int:
        tried.append(asked)
        raise StoreDown("Nobody is there.")

    came = await asyncio.gather(
        *map(Together(answer, threads, width=1).ask, range(9)), return_exceptions=True
    )
    assert {(type(one), str(one)) for one in came} == {(StoreDown, "Nobody is there.")}
    assert tried == [0]


async def test_a_store_that_takes_its_time_is_asked_side_by_side(threads: Counting) -> None:
    met, lock, first = Barrier(2, timeout=10), Lock(), [True]

    def answer(asked: int) -> int:
        with lock:
            alone, first[0] = first[0], False
        # Once it is known to be slow, no answer comes before two are at work.
        time.sleep(0.05) if alone else met.wait()
        return asked

    together = Together(answer, threads, width=2)
    await together.ask(0)
    assert await asyncio.gather(*map(together.ask, (1, 2))) == [1, 2]


async def test_who_has_gone_is_in_nobodys_way(threads: Counting) -> None:
    together = Together(_double, threads, width=1)
    gone = asyncio.create_task(together.ask(1))
    stays = asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 4
