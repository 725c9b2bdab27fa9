"""A SCIM server that takes a number off at once and closes its account later: it is waited for."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import HalfDone, StoreDown
from jiebang.domain.number import Number
from tests.agent.scim_server import TOKEN, ScimServer
from tests.agent.turning import Clock
from tests.systems.liar import Liar, Said, Truth, honest

pytestmark = pytest.mark.anyio
LINE = Number("+8613800198000")


async def later(request: web.Request, truth: Truth) -> Said:
    """Accept a change, make it, and show the account as active still."""
    said = await truth()
    if request.method == "PATCH":
        return Said(status=202)
    return said.saying(said.json() | {"active": True})


@pytest.fixture
async def liar(scim: ScimServer) -> AsyncIterator[Liar]:
    """Stand in front of a server, and make nothing at once."""
    async with Liar(scim.url) as liar:
        liar.lie = later
        yield liar


@pytest.fixture
async def server(liar: Liar, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ScimConnector]:
    """Open a connector that closes accounts by deactivating them."""
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)
    store = ScimStore.model_validate({
        "type": "scim", "url": liar.url, "bearer_token_env": "TEST_SCIM_TOKEN",
        "deregister": "deactivate", "can": ["unbind", "deregister"],
    })  # fmt: skip
    connector = ScimConnector(store, Matching(spellings=("e164",), region="CN", most=3), now=clock)
    yield connector
    await connector.close()


@pytest.mark.parametrize("closed", [True, False])
async def test_an_account_that_is_to_be_closed_later_is_not_closed_while_it_is_active(
    scim: ScimServer, liar: Liar, server: ScimConnector, clock: Clock, *, closed: bool
) -> None:
    handle = scim.add(f"later-{closed}", LINE.e164)
    for _ in range(2):
        with pytest.raises(StoreDown, match="has not made it yet"):
            await server.deregister(handle, LINE)
    assert await server.unbind(handle, LINE) is Effect.GONE
    clock.turn(timedelta(minutes=10))
    if closed:
        liar.lie = honest
        assert await server.deregister(handle, LINE) is Effect.GONE
    else:
        with pytest.raises(HalfDone, match="open still"):
            await server.deregister(handle, LINE)
    assert [heard.split()[0] for heard in liar.heard].count("PATCH") == 1
