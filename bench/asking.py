"""From a tick on the portal to the last answer, against the same two calls made straight to the stores."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from sqlalchemy import select

from bench.figures import Figure
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened as opened_connector
from jiebang.domain.number import Number
from jiebang.sandbox import carrier
from jiebang.sandbox.holder import Holder
from jiebang.sandbox.story import leave_behind, prove
from jiebang.sandbox.web import call
from jiebang.sandbox.world import IDENTITY, SHOP, Plan, World, opened
from jiebang.store.database import Database
from jiebang.store.tables import asked

_ROUNDS = 60
_WARMING = 5
_GOAL_MS = 50.0
_GLANCE_SECONDS = 0.001
_PAUSE_SECONDS = 0.03
"""Between two ticks, so that the agents are back at their mailboxes, as they are when a person ticks."""
_PATIENCE_SECONDS = 10.0
_NUMBER = "+8613600123456"


def measure(directory: Path) -> Iterator[Figure]:
    """Ask through a hub and its agents, and straight, in turns."""
    with opened(Plan(directory=directory / "world")) as world:
        holder = _arrived(world)
        ours, theirs = asyncio.run(_taken(world, holder))
    overhead = median(ours) - median(theirs)
    yield Figure(
        what="tick to last answer, median",
        measured=f"{median(ours):.1f} ms",
        against=f"the same two calls, straight: {median(theirs):.1f} ms",
        ratio=median(ours) / median(theirs),
        goal=f"less than {_GOAL_MS:.0f} ms more",
        met=overhead < _GOAL_MS,
    )
    yield Figure(
        what="tick to last answer, 95 of 100",
        measured=f"{_p95(ours):.1f} ms",
        against=f"the same two calls, straight: {_p95(theirs):.1f} ms",
        ratio=_p95(ours) / _p95(theirs),
    )


def _arrived(world: World) -> Holder:
    """Let a number have a past at both platforms, and its present holder prove it."""
    leave_behind(world, _NUMBER, name="林晚秋", login="wanqiu")
    now = datetime.now(UTC)
    world.load(carrier.recycled(_NUMBER, first_on=now - timedelta(days=3000), again_at=now))
    holder = Holder(world.public_url)
    prove(holder, world, number=_NUMBER)
    return holder


async def _taken(world: World, holder: Holder) -> tuple[list[float], list[float]]:
    """Take turns; gives milliseconds through the hub, and straight."""
    number, ours, theirs = Number(_NUMBER), [], []
    database = Database(f"sqlite:///{world.plan.directory / 'hub.db'}")
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(opened_connector(load(config), now=lambda: datetime.now(UTC)))
            for config in (world.plan.directory / name / "agent.toml" for name in world.agents)
        ]
        for _ in range(_WARMING + _ROUNDS):
            begun = time.perf_counter()
            await asyncio.gather(*(store.find(number) for store in stores))
            theirs.append((time.perf_counter() - begun) * 1000)
            ours.append(_asked(holder, database) * 1000)
            await asyncio.sleep(_PAUSE_SECONDS)
    database.close()
    return ours[_WARMING:], theirs[_WARMING:]


def _asked(holder: Holder, database: Database) -> float:
    """Tick both platforms, and look into the hub's store until the last of them has answered."""
    ticks = urlencode([("platform", SHOP), ("platform", IDENTITY)]).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in holder.cookies.items()),
    }
    begun = time.perf_counter()
    reply = call("POST", f"{holder.portal}/queries", body=ticks, headers=headers)
    query_id = (reply.header("Location") or "").rpartition("/")[2]
    waiting = select(asked.c.platform_id).where(asked.c.query_id == query_id, asked.c.answered_at.is_(None))
    while time.perf_counter() < begun + _PATIENCE_SECONDS:
        with database.read() as connection:
            if not connection.scalars(waiting).all():
                return time.perf_counter() - begun
        time.sleep(_GLANCE_SECONDS)
    raise RuntimeError(f"{query_id or reply.status}: not every platform answers")


def _p95(taken: Sequence[float]) -> float:
    return quantiles(taken, n=20)[-1]
