"""
Together: small questions to a store that blocks, taken to a thread in bunches and not one by one.

To hand something to a thread and back takes as long as a database needs to answer. So what is asked while the
threads are busy, or in the same moment, goes along with the next bunch.

One thread is enough for a store that answers at once: several would take turns at the interpreter, and pay
for each turn. Where a store takes its time, they wait for it side by side.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from jiebang.agent.errors import StoreDown

_SLOW = 0.003
"""Seconds for one answer, from which on it is the store that is waited for, and not the interpreter."""

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Together(Generic[Asked, Found]):
    """Answers questions by a function that blocks, in as many threads as are good for the store."""

    def __init__(self, answer: Callable[[Asked], Found], threads: Executor, *, width: int) -> None:
        self._answer, self._threads, self._width = answer, threads, width
        self._waiting: list[tuple[Asked, asyncio.Future[Found]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._slow = False

    async def ask(self, asked: Asked) -> Found:
        """Ask one question; raises what the function raises."""
        future: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._busy < self._side_by_side():
            # It begins when whoever asks at the same moment has asked.
            self._busy += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    def _side_by_side(self) -> int:
        return self._width if self._slow else 1

    async def _work(self) -> None:
        try:
            await self._empty()
        finally:
            # Here and not when the task is done: who has its answer may ask again before that.
            self._busy -= 1

    async def _empty(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            share = -(-len(self._waiting) // self._side_by_side())
            bunch, self._waiting = self._waiting[:share], self._waiting[share:]
            begun = loop.time()
            answers = await loop.run_in_executor(self._threads, self._answers, [one for one, _ in bunch])
            self._slow = (loop.time() - begun) / len(bunch) > _SLOW
            for (_, future), answer in zip(bunch, answers, strict=True):
                if future.done():
                    continue  # whoever asked has gone
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _answers(self, bunch: Sequence[Asked]) -> list[Found | Exception]:
        """Answer one after another; after the first to find the store down, nobody else waits for that."""
        answers: list[Found | Exception] = []
        down: StoreDown | None = None
        for asked in bunch:
            if down is not None:
                answers.append(StoreDown(*down.args))
                continue
            try:
                answers.append(self._answer(asked))
            except Exception as failed:  # noqa: BLE001 - each is raised where it was asked
                down = failed if isinstance(failed, StoreDown) else None
                answers.append(failed)
        return answers
