"""Trying a number, as `jiebang agent try` does, leaves every account system as it was, to the last stamp."""

import pytest

from jiebang.agent.connectors.contract import Connector
from jiebang.agent.connectors.sql.connector import SqlConnector
from jiebang.agent.trial import Tried, attempt
from jiebang.domain.number import Number
from tests.connectors.test_every_system import nothing_differs
from tests.systems.system import System

pytestmark = pytest.mark.anyio


async def test_trying_a_number_changes_nothing_and_not_since_when_it_is_bound(
    system: System, connector: Connector, line: Number
) -> None:
    handle = system.add(line.e164)
    before = (await connector.find(line)).records
    with nothing_differs(system):
        for _ in range(2):
            [tried] = (await attempt(connector, line, clean=None)).rehearsals
            assert (tried.binding["handle"], tried.why) == (handle, "")
            back = isinstance(connector, SqlConnector)
            assert tried.tried is (Tried.REHEARSED if back else Tried.UNTRIED)
    assert (await connector.find(line)).records == before
