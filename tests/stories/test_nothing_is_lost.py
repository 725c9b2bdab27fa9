"""Whoever is killed, and whenever: the order ends verified, and the account was changed exactly once."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from jiebang.domain.letter import Event
from jiebang.sandbox.program import PATIENCE_SECONDS, NotAsTold, Program, until
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
        yield Stage(world=world, proxy=proxy, lines=iter(recycle(world, 1 + len(MOMENTS) * len(VICTIMS))))


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


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Keep everybody else from writing to an SQLite file."""
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        yield connection
        connection.execute("rollback")


def owed(ledger: Path) -> int | None:
    """Count the orders that an agent has begun to act on, as it has written down, and knows no outcome of."""
    begun = "select count(*) from orders where outcome is null and admitted_at is not null"
    with closing(sqlite3.connect(ledger, timeout=10)) as connection:
        counted = connection.execute(begun).fetchone()
    return int(counted[0]) or None


def test_an_agent_that_dies_before_its_ledger_knows_what_it_did_does_it_once(stage: Stage) -> None:
    line, folder, agent = next(stage.lines), stage.world.plan.directory / "shop", stage.program("agent")
    holder = found(stage.world, line)
    ledger = folder / "agent-ledger.db"
    with ExitStack() as held:
        with locked(folder / "shop.db"):
            holder.free_everything()
            until("the order is in the ledger", lambda: owed(ledger))
            held.enter_context(locked(ledger))
        until("the account is changed", lambda: stage.world.shop.changes(line.row) or None)
        agent.kill()
    assert owed(ledger), "the ledger knew already"
    stage.world.revive()
    assert [order.state for order in holder.await_orders(1)] == ["verified"]
    assert stage.world.shop.changes(line.row) == 1
