"""Systems that list their accounts can be searched through an index, as if they could not be searched."""

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.index.connector import IndexedConnector
from jiebang.domain.number import Number
from tests.agent.directory import INDEX
from tests.agent.turning import Clock
from tests.connectors.conftest import NEEDS, Configured
from tests.systems.system import System

pytestmark = pytest.mark.anyio
NAMES = ("slapd", "samba", "synapse", "kinto", "scim2-server", "django-scim2")
LISTERS = [
    pytest.param(name, marks=[pytest.mark.needs(NEEDS[name])] if name in NEEDS else []) for name in NAMES
]


@pytest.mark.parametrize("system", LISTERS, indirect=True)
async def test_what_is_listed_is_found_and_let_go(
    system: System, configured: Configured, line: Number, other_line: Number, clock: Clock
) -> None:
    path = configured()
    path.write_text(path.read_text().replace("[connector]", f"{INDEX}\n[connector]", 1))
    handle = system.add(line.e164)
    async with opened(load(path), now=clock) as connector:
        assert isinstance(connector, IndexedConnector)
        await connector.check()
        await connector.fill(anew=False, told=lambda _: None)
        found = await connector.find(line)
        assert ([record.handle for record in found.records], found.complete) == ([handle], True)
        later = system.add(other_line.e164)
        await connector.fill(anew=False, told=lambda _: None)
        assert [record.handle for record in (await connector.find(other_line)).records] == [later]
        assert await connector.unbind(handle, line) is Effect.DONE
        assert (await connector.find(line)).records == ()
