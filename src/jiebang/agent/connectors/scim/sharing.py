"""One list for everybody who asks at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Taken = TypeVar("Taken")


class Shared(Generic[Taken]):
    """
    Something that takes long, and is done once for all who wait for it.

    Nobody is given what was begun before they asked: it may not have what they ask for.
    """

    def __init__(self, take: Callable[[], Awaitable[Taken]]) -> None:
        self._take = take
        self._under_way: asyncio.Task[Taken] | None = None
        self._next: asyncio.Task[Taken] | None = None

    async def get(self) -> Taken:
        """Take it, or wait for what has not begun yet."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._under_way))
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        """Stop whatever is under way."""
        left = [task for task in (self._under_way, self._next) if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _after(self, before: "asyncio.Task[Taken] | None") -> Taken:
        if before is not None:
            await asyncio.wait([before])
        # From here on, whoever comes waits for another.
        self._under_way, self._next = self._next, None
        return await self._take()
