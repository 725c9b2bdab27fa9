"""Questions answered by stores behind HTTP, against the same calls made with nothing but aiohttp."""

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import aiohttp
from yarl import URL

from bench.beside import CONFIG, Ask, compared
from bench.figures import Figure
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import Number
from tests.systems.kinto import CUSTOMERS, Kinto
from tests.systems.running import basic
from tests.systems.synapse import Synapse

_NUMBERS = [Number(f"+8613800{serial:06}") for serial in range(138000, 138100)]


def measure(directory: Path) -> Iterator[Figure]:
    """Ask Synapse (two calls an answer) and Kinto (one)."""
    for start in (Synapse, Kinto):
        system = start()
        try:
            os.environ.update(system.secrets())
            for number in _NUMBERS:
                system.add(number.e164)
            (directory / "agent.toml").write_text(CONFIG + system.connector(system.server.url))
            yield asyncio.run(_measured(directory / "agent.toml", system))
        finally:
            system.stop()


async def _measured(config: Path, system: Synapse | Kinto) -> Figure:
    headers = (
        {"Authorization": f"Bearer {system.token}"}
        if isinstance(system, Synapse)
        else basic("agent", next(iter(system.secrets().values())))
    )
    async with (
        opened(load(config), now=lambda: datetime.now(UTC)) as connector,
        aiohttp.ClientSession(headers=headers) as session,
    ):
        return await compared(
            f"HTTP, {system.name}", _NUMBERS, ours=connector.find, bare=_bare(session, system),
            against="the same calls by aiohttp alone",
        )  # fmt: skip


def _bare(session: aiohttp.ClientSession, system: Synapse | Kinto) -> Ask:
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
