"""Questions answered by stores behind HTTP, against the same calls made with nothing but aiohttp."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import aiohttp
from yarl import URL

from bench.figures import Figure
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.dispatch import QUESTIONS_AT_ONCE
from jiebang.domain.number import Number
from tests.systems.kinto import CUSTOMERS, Kinto
from tests.systems.running import basic
from tests.systems.synapse import Synapse
from tests.systems.system import ABSENT, CANARY

_NUMBERS = [Number(f"+8613800{serial:06}") for serial in range(138000, 138100)]
_ROUNDS = 5
_GOAL = 0.5
_CONFIG = f"""
hub = "http://127.0.0.1:9"
platform = "par_bench"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "{CANARY}"
canary_absent = "{ABSENT}"
"""

Asked = Callable[[Number], Awaitable[object]]


def measure(directory: Path) -> Iterator[Figure]:
    """Ask Synapse (two calls an answer) and Kinto (one)."""
    for start in (Synapse, Kinto):
        system = start()
        try:
            os.environ.update(system.secrets())
            for number in _NUMBERS:
                system.add(number.e164)
            (directory / "agent.toml").write_text(_CONFIG + system.connector(system.server.url))
            ours, bare = asyncio.run(_rates(directory / "agent.toml", system))
        finally:
            system.stop()
        yield Figure(
            what=f"answers from {system.name} over HTTP, a second of a core",
            measured=f"{ours:,.0f}",
            against=f"the same calls by aiohttp alone: {bare:,.0f}",
            ratio=ours / bare,
            goal=f"at least {_GOAL}",
            met=ours >= _GOAL * bare,
        )


async def _rates(config: Path, system: Synapse | Kinto) -> tuple[float, float]:
    """Take turns; gives the best of each, in answers a second of this process's own time."""
    ours, bare = [], []
    headers = (
        {"Authorization": f"Bearer {system.token}"}
        if isinstance(system, Synapse)
        else basic("agent", next(iter(system.secrets().values())))
    )
    async with (
        opened(load(config), now=lambda: datetime.now(UTC)) as connector,
        aiohttp.ClientSession(headers=headers) as session,
    ):
        for _ in range(_ROUNDS):
            ours.append(await _rate(connector.find))
            bare.append(await _rate(_bare(session, system)))
    return max(ours), max(bare)


async def _rate(asked: Asked) -> float:
    room = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def _one(number: Number) -> None:
        async with room:
            await asked(number)

    begun = time.process_time()
    await asyncio.gather(*(_one(number) for number in _NUMBERS))
    return len(_NUMBERS) / (time.process_time() - begun)


def _bare(session: aiohttp.ClientSession, system: Synapse | Kinto) -> Asked:
    """Make the calls that an answer cannot do without, and read what comes back."""

    async def _get(path: str) -> object:
        async with session.get(URL(system.server.url + path, encoded=True)) as answer:
            return json.loads(await answer.read())

    async def _synapse(number: Number) -> object:
        found = await _get(f"/_synapse/admin/v1/threepid/msisdn/users/{number.e164[1:]}")
        return await _get(f"/_synapse/admin/v2/users/{quote(_text(found, 'user_id'), safe='')}")

    async def _kinto(number: Number) -> object:
        return await _get(f"{CUSTOMERS}?phone={quote(json.dumps(number.e164), safe='')}")

    return _synapse if isinstance(system, Synapse) else _kinto


def _text(said: object, name: str) -> str:
    return str(said[name]) if isinstance(said, dict) else ""
