"""Answers through the SCIM connector, against the same requests made straight, to the same server."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import aiohttp

from bench.figures import Figure
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.domain.number import Number
from tests.systems.django_scim import DjangoScim

_ROUNDS = 5
_QUESTIONS = 150
_AT_ONCE = 8
_GOAL = 0.5
_NUMBER = Number("+8613600123456")
_SPELLINGS = ("e164", "rfc3966")

Ask = Callable[[], Awaitable[object]]


class Spent(NamedTuple):
    """What a number of questions took: seconds on the clock, and of this process's core."""

    wall: float
    core: float


def measure(_directory: Path) -> Iterator[Figure]:
    """Ask for one number again and again, in both ways in turns."""
    site = DjangoScim()
    try:
        site.add(_NUMBER.e164)
        ours, bare = asyncio.run(_both(site))
    finally:
        site.stop()
    for what, mine, theirs in (
        ("per core", [one.core for one in ours], [one.core for one in bare]),
        ("on the clock", [one.wall for one in ours], [one.wall for one in bare]),
    ):
        here, there = _QUESTIONS / median(mine), _QUESTIONS / median(theirs)
        yield Figure(
            what=f"SCIM, answers a second {what}", measured=f"{here:,.0f}/s",
            against=f"the same requests by aiohttp alone: {there:,.0f}/s", ratio=here / there,
            goal=f"at least {_GOAL:.0%}", met=here / there >= _GOAL,
        )  # fmt: skip


async def _both(site: DjangoScim) -> tuple[list[Spent], list[Spent]]:
    (name, token), *_ = site.secrets().items()
    os.environ[name] = token
    store = ScimStore.model_validate({"type": "scim", "url": site.url, "bearer_token_env": name})
    connector = ScimConnector(store, Matching(spellings=_SPELLINGS, region="CN", most=20))
    ours, bare = [], []
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def _ours() -> None:
            assert len((await connector.find(_NUMBER)).records) == 1

        async def _bare() -> None:
            said = await asyncio.gather(*(_search(session, site, _NUMBER.spelled(one)) for one in _SPELLINGS))
            assert sum(len(one["Resources"]) for one in said) == 1

        for _ in range(_ROUNDS):
            ours.append(await _asked(_ours))
            bare.append(await _asked(_bare))
    await connector.close()
    return ours, bare


async def _search(session: aiohttp.ClientSession, site: DjangoScim, spelled: str) -> dict[str, list[object]]:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "startIndex": 1, "count": 21,
        "filter": f'phoneNumbers[value eq "{spelled}"]',
    }  # fmt: skip
    async with session.post(f"{site.url}/Users/.search", data=json.dumps(body)) as answer:
        said: dict[str, list[object]] = json.loads(await answer.read())
        return said


async def _asked(ask: Ask) -> Spent:
    """Ask so often, some at once, as the agent does."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def _one() -> None:
        async with room:
            await ask()

    wall, core = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_one() for _ in range(_QUESTIONS)))
    return Spent(time.perf_counter() - wall, time.process_time() - core)
