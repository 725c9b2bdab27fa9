"""A connector's answers beside the bare calls to the same store, in turns, by what they cost this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median

from bench.figures import Figure

_ROUNDS = 5
_QUESTIONS = 300
_AT_ONCE = 8
_GOAL = 0.5

Ask = Callable[[], Awaitable[object]]


async def compared(*, what: str, against: str, ours: Ask, bare: Ask) -> Figure:
    """
    Ask one store in both ways in turns: as the agent does, and with as little as nobody could do without.

    What counts is the time of this process on its core, and not what the store itself takes.
    """
    agents, others = [], []
    for _ in range(_ROUNDS):
        agents.append(await _spent(ours))
        others.append(await _spent(bare))
    here, there = _QUESTIONS / median(agents), _QUESTIONS / median(others)
    return Figure(
        what=f"{what}, answers a second and core", measured=f"{here:,.0f}/s",
        against=f"{against}: {there:,.0f}/s", ratio=here / there, goal=f"at least {_GOAL:.0%}",
        met=here / there >= _GOAL,
    )  # fmt: skip


async def _spent(ask: Ask) -> float:
    """Ask so often, some at once, as the agent does; gives the seconds of a core."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def _one() -> None:
        async with room:
            await ask()

    begun = time.process_time()
    await asyncio.gather(*(_one() for _ in range(_QUESTIONS)))
    return time.process_time() - begun
