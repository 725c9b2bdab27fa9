"""Questions answered by a SCIM server, against the same requests made with nothing but aiohttp."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from bench.beside import compared
from bench.figures import Figure
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.domain.number import Number
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim

_NUMBERS = [Number(f"+8613800{serial:06}") for serial in range(138000, 138100)]
_SPELLINGS = ("e164", "rfc3966")


def measure(_directory: Path) -> Iterator[Figure]:
    """Ask by filter, in two spellings."""
    site = DjangoScim()
    try:
        for number in _NUMBERS:
            site.add(number.e164)
        yield asyncio.run(_measured(site))
    finally:
        site.stop()


async def _measured(site: DjangoScim) -> Figure:
    (name, token), *_ = site.secrets().items()
    os.environ[name] = token
    store = ScimStore.model_validate({"type": "scim", "url": site.url, "bearer_token_env": name})
    connector = ScimConnector(store, Matching(spellings=_SPELLINGS, region="CN", most=20), now=Clock())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def _bare(number: Number) -> None:
            said = await asyncio.gather(*(_search(session, site, number.spelled(one)) for one in _SPELLINGS))
            assert sum(len(one["Resources"]) for one in said) == 1

        figure = await compared(
            "SCIM", _NUMBERS, ours=connector.find, bare=_bare, against="the same requests by aiohttp alone"
        )
    await connector.close()
    return figure


async def _search(session: aiohttp.ClientSession, site: DjangoScim, spelled: str) -> dict[str, list[object]]:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "startIndex": 1, "count": 21,
        "filter": f'phoneNumbers[value eq "{spelled}"]',
    }  # fmt: skip
    async with session.post(f"{site.url}/Users/.search", data=json.dumps(body)) as answer:
        said: dict[str, list[object]] = json.loads(await answer.read())
        return said
