"""Systems behind a gate, turned liars: nothing is answered or done, people are alarmed, and it goes on."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from jiebang.agent.watch import AGAIN
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.agent.test_orders import turn
from tests.agent.turning import Clock
from tests.connectors.conftest import PARAMETERS, DeskOpener, started
from tests.systems.gate import Gated
from tests.systems.system import System

pytestmark = pytest.mark.anyio
GATED = {"scim2-server", "django-scim2", "django-scim2-pages", "samba", "synapse", "kinto"}
"""What `slapd` says goes through the gate under TLS: its liar stands in tests/agent/ldap."""
CANARY, SOMEBODY_ELSE = rb"137([ -]?)0013([ -]?)7000", rb"139\g<1>0013\g<2>9000"
"""The canary's number in whatever spelling, and one of the same length."""


@pytest.fixture(scope="session", params=[one for one in PARAMETERS if one.values[0] in GATED])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Run each system that a lie can be put before."""
    yield from started(request.param, request)


async def test_a_system_that_says_another_number_is_believed_again_when_it_is_honest(
    system: System, desk_of: DeskOpener, pretender: Pretender, clock: Clock, line: Number
) -> None:
    assert isinstance(system, Gated)
    handle = system.add(line.e164)
    before = system.snapshot()
    pretender.ask("qry_1", line)
    pretender.order("ord_1", handle, number=line)
    async with desk_of(watched=True) as desk:
        with system.gate.lying(CANARY, SOMEBODY_ELSE), capture_logs() as logs:
            await turn(desk)
        assert (pretender.answers, pretender.outcomes, system.snapshot()) == ([], [], before)
        clock.turn(AGAIN)
        await turn(desk)
    assert [line["log_level"] for line in logs if line["event"] == "agent:store:alarm"] == ["error"]
    assert (len(pretender.answers), pretender.told("ord_1")) == (1, ["fulfilled"])
