"""Whoever is killed, and whenever: the order ends verified, and the account was changed exactly once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass

import pytest

from jiebang.domain.letter import Event
from jiebang.sandbox.program import PATIENCE_SECONDS, NotAsTold, Program
from jiebang.sandbox.world import World
from tests import postgresql
from tests.stories.proxy import Passing, Proxy, Trap
from tests.stories.stage import Line, found, recycle, watched

MOMENTS: Mapping[str, Callable[[Passing], bool]] = {
    "the order is placed": lambda it: (it.method, it.path, it.status) == ("POST", "/orders", 303),
    "the letter is polled": lambda it: Event.UNBIND_ORDERED in it.events(),
    "the account is changed and the outcome not sent": lambda it: (
        not it.status and "fulfilled" in it.outcomes()
    ),
    "the outcome is sent and not confirmed": lambda it: bool(it.status) and "fulfilled" in it.outcomes(),
}
VICTIMS = ("hub", "worker", "agent")
CUT = ("the account is changed and the outcome not sent", "the outcome is sent and not confirmed")
"""Moments at which what passes between hub and agent is lost with either of them."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """A world in which anybody can be killed, and a new line for every story in it."""

    world: World
    proxy: Proxy
    lines: Iterator[Line]

    def program(self, victim: str) -> Program:
        """Name a process that can be killed."""
        worker = self.world.worker
        assert worker is not None
        return {"hub": self.world.hub, "worker": worker, "agent": self.world.agents["shop"]}[victim]

    def kill_when(self, moment: str, *, victim: str) -> Trap:
        """Kill somebody when the moment comes."""
        cuts = victim != "worker" and moment in CUT
        self.proxy.trap = Trap(fits=MOMENTS[moment], act=self.program(victim).kill, cuts=cuts)
        return self.proxy.trap


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a database that lasts as long as these stories; an empty one is an SQLite file."""
    if request.param == "sqlite":
        yield ""
        return
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        yield url


@pytest.fixture(scope="module")
def stage(lasting_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Open one world for all of these stories: what one of them leaves behind, the next has to bear."""
    directory = tmp_path_factory.mktemp("nothing-is-lost") / "world"
    with watched(directory, database_url=lasting_url, worker_apart=True) as (world, proxy):
        yield Stage(world=world, proxy=proxy, lines=iter(recycle(world, len(MOMENTS) * len(VICTIMS))))


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_order_survives_the_death_of(stage: Stage, victim: str, moment: str) -> None:
    line = next(stage.lines)
    holder = found(stage.world, line)
    trap = stage.kill_when(moment, victim=victim)
    # Where the hub dies, the page that follows the order is not shown.
    with suppress(NotAsTold) if victim == "hub" else nullcontext():
        holder.free_everything()
    assert trap.sprung.wait(PATIENCE_SECONDS), f"{moment}: it never was"
    assert not stage.program(victim).running
    stage.world.revive()
    assert [order.state for order in holder.await_orders(1)] == ["verified"]
    assert stage.world.shop.changes(line.row) == 1
    assert stage.world.shop.account(line.row)["phone"] is None
