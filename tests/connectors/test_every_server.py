"""
Systems behind a gate: silent, or turned liars.

Meanwhile nothing is answered or done, people are alarmed, and it goes on when the server is itself again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Protocol

import pytest
from structlog.testing import capture_logs

from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import StoreDown
from jiebang.agent.mailbox import Mailbox
from jiebang.agent.watch import AGAIN
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.agent.test_orders import turn
from tests.agent.turning import Clock
from tests.connectors.conftest import EVERY, PARAMETERS, DeskOpener, Machine, started
from tests.connectors.test_every_system import differing
from tests.systems.gate import Gate, Lie
from tests.systems.slapd import SlapdSystem
from tests.systems.system import System

pytestmark = pytest.mark.anyio


class Served(System, Protocol):
    """A system that is reached over a line, which leads through a gate."""

    gate: Gate
    everyone: Lie | None


# What is a file has no server. What is said under TLS can be kept back, and not be made a lie.
SERVERS: Mapping[str, Callable[[Machine], System]] = MappingProxyType(
    {name: start for name, start in EVERY.items() if not name.endswith("-sqlite")}
    | {"slapd": lambda machine: SlapdSystem(machine.folder, tls="plain")}
)
NOBODY = Number("+8613900139000")
_NUMBER = rb"13[78]([ -]?)\d{4}([ -]?)\d{4}"
"""Any number that these tests give somebody, in whatever spelling."""


@pytest.fixture(scope="session", params=[PARAMETERS[name] for name in SERVERS])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Run each of these systems."""
    yield from started(SERVERS[request.param], request)


def named(other: Number) -> Lie:
    """Put another number in the place of any, in questions and in answers."""
    own = other.e164[-11:].encode()
    return Lie(_NUMBER, own[:3] + rb"\g<1>" + own[3:7] + rb"\g<2>" + own[7:])


@pytest.fixture(params=["somebody else", "nobody", "everyone"])
def lie(request: pytest.FixtureRequest, system: Served, other_line: Number) -> Lie:
    """
    Give whoever else has a number, or nobody, or everyone.

    A server that gives one account at a time, or all in any case, cannot do the last: it gives nobody.
    """
    system.add(other_line.e164)
    if request.param == "everyone" and system.everyone is not None:
        return system.everyone
    return named(other_line if request.param == "somebody else" else NOBODY)


async def test_a_server_that_lies_is_believed_again_when_it_is_honest(
    system: Served, desk_of: DeskOpener, pretender: Pretender, clock: Clock, line: Number, lie: Lie
) -> None:
    handle = system.add(line.e164)
    before = system.snapshot()
    pretender.ask("qry_1", line)
    pretender.order("ord_1", handle, number=line)
    async with desk_of(watched=True) as desk:
        with system.gate.lying(lie), capture_logs() as logs:
            await turn(desk)
        assert (pretender.answers, pretender.outcomes, system.snapshot()) == ([], [], before)
        clock.turn(AGAIN)
        await turn(desk)
    [alarm] = [line for line in logs if line["event"] == "agent:store:alarm"]
    assert alarm["log_level"] == "error"
    assert lie is not system.everyone or "that have another number" in alarm["why"]
    assert (len(pretender.answers), pretender.told("ord_1")) == (1, ["fulfilled"])


@pytest.mark.parametrize(("words", "close"), [(0, False), (2, False), (1, True), (3, True)])
async def test_a_server_that_falls_silent_makes_orders_wait_and_changes_nothing_twice(
    system: Served, desk_of: DeskOpener, pretender: Pretender, line: Number, *, words: int, close: bool
) -> None:
    handle, can = system.add(line.e164), not close or OrderKind.DEREGISTER in system.can
    pretender.order("ord_1", handle, close=close, number=line)
    before = system.snapshot()
    async with desk_of(patience=1) as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        # The line is open, and a change may have been sent before the server falls silent, or made.
        with suppress(StoreDown):
            await desk.connector.holds(handle, line)
        with system.gate.silent(after=words):
            await deal_with(letters, desk)
            if words == 0:
                assert (pretender.told("ord_1"), system.snapshot()) == ([] if can else ["denied"], before)
        # Beside many tests, a server may take longer than a second once more.
        for _ in range(5):
            if not pretender.told("ord_1"):
                await desk.begin_again()
                await deal_with(letters, desk)
    assert set(pretender.told("ord_1")) == {"fulfilled" if can else "denied"}
    assert differing(before, system.snapshot()) == ({handle} if can else set())
    assert (system.changes(handle) or 0) <= 1
