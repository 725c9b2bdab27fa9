"""Synapse and Kinto with a liar in front of them: nothing is changed by mistake, and no token is left lying about."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol, cast

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from jiebang.agent.connectors.contract import Connector, Effect, Lister
from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import Ambiguous, StoreDown, StoreRefuses
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.connectors.conftest import Opener
from tests.systems.kinto import CUSTOMERS, Kinto
from tests.systems.liar import Lie, Liar, Said, Truth, after, only, slow, status
from tests.systems.synapse import Synapse
from tests.systems.system import CANARY, System

pytestmark = pytest.mark.anyio
synapse = pytest.mark.parametrize("system", ["synapse"], indirect=True)
kinto = pytest.mark.parametrize("system", ["kinto"], indirect=True)
both = pytest.mark.parametrize("system", ["synapse", "kinto"], indirect=True)
DELETE_NUMBER, IMPERSONATE = "/3pid/delete", "/login"


class Lied(Protocol):
    """Opens a connector that reaches the system through a liar."""

    def __call__(self, lie: Lie) -> "asynccontextmanager[Connector]": ...


@pytest.fixture
def lied(system: System, connected: Opener) -> object:
    """Put a liar before the system."""
    assert isinstance(system, Synapse | Kinto)
    real = system.url

    @asynccontextmanager
    async def _open(lie: Lie) -> AsyncIterator[Connector]:
        async with Liar(real) as liar:
            liar.lie = lie
            async with connected(liar.url) as connector:
                yield connector

    return _open


def saying(said: object) -> Lie:
    """Answer something of one's own."""

    async def _lie(_request: web.Request, _truth: Truth) -> Said:
        return Said(headers={"content-type": "application/json"}).saying(said)

    return _lie
