"""A connector's answers beside the bare calls to the same store, in turns, by what they cost this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median

from bench.figures import Figure
from jiebang.agent.dispatch import QUESTIONS_AT_ONCE
from jiebang.domain.number import Number
from tests.systems.system import ABSENT, CANARY

CONFIG = f"""
hub = "http://127.0.0.1:9"
platform = "par_bench"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "{CANARY}"
canary_absent = "{ABSENT}"
"""
"""An agent's configuration without its connector."""

_ROUNDS = 5
_GOAL = 0.5

Ask = Callable[[Number], Awaitable[object]]


async def compared(what: str, numbers: Sequence[Number], *, ours: Ask, bare: Ask, against: str) -> Figure:
    """
    Ask one store about numbers in both ways in turns: as the agent does, and with as little as there must be.

    What counts is the time of this process on its core, and not what the store itself takes.
    """
    agents, others = [], []
    for _ in range(_ROUNDS):
        agents.append(await _spent(ours, numbers))
        others.append(await _spent(bare, numbers))
    here, there = len(numbers) / median(agents), len(numbers) / median(others)
    return Figure(
        what=f"answers of a connector, a second of its core: {what}", measured=f"{here:,.0f}",
        against=f"{against}: {there:,.0f}", ratio=here / there, goal=f"at least {_GOAL}",
        met=here / there >= _GOAL,
    )  # fmt: skip


async def _spent(ask: Ask, numbers: Sequence[Number]) -> float:
    """Ask about each, some at once, as the agent does; gives the seconds of a core."""
    room = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def _one(number: Number) -> None:
        async with room:
            await ask(number)

    begun = time.process_time()
    await asyncio.gather(*(_one(number) for number in numbers))
    return time.process_time() - begun
