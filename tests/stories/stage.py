"""What several stories share: numbers with a past, and holders who have proven theirs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from jiebang.sandbox import carrier
from jiebang.sandbox.holder import Holder
from jiebang.sandbox.program import free_port
from jiebang.sandbox.story import ago, local, prove
from jiebang.sandbox.world import SHOP, Plan, World, opened
from tests.stories.proxy import Proxy

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A number that somebody had before, and the account that they left at the shop."""

    number: str
    row: int


@contextmanager
def watched(
    directory: Path,
    *,
    database_url: str = "",
    worker_apart: bool = False,
    more: Mapping[str, str] = MappingProxyType({}),
    policy: Mapping[str, str] = MappingProxyType({"objection": "PT2S"}),
) -> Iterator[tuple[World, Proxy]]:
    """Open a world in which everything that passes between the hub and others passes through a proxy."""
    hub_port, proxy_port = free_port(), free_port()
    proxy = Proxy(port=proxy_port, target=f"http://127.0.0.1:{hub_port}")
    proxy.open()
    plan = Plan(
        directory=directory, database_url=database_url, hub_port=hub_port, public_url=proxy.url,
        worker_apart=worker_apart, more=more, policy=policy,
    )  # fmt: skip
    try:
        with opened(plan) as world:
            yield world, proxy
    finally:
        proxy.close()


def recycle(world: World, count: int) -> list[Line]:
    """Make numbers that were assigned again lately, each with an account that was left at the shop."""
    numbers = [f"+86136002000{index:02}" for index in range(count)]
    lines = [
        Line(number=number, row=world.shop.sign_up(local(number), f"故人{number[-2:]}", since=ago(5)))
        for number in numbers
    ]
    now = datetime.now(UTC)
    world.load(
        row for number in numbers for row in carrier.recycled(number, first_on=now - 8 * _YEAR, again_at=now)
    )
    return lines


def proven(world: World, line: Line) -> Holder:
    """Have the present holder of a line prove it."""
    holder = Holder(world.public_url)
    prove(holder, world, number=line.number)
    return holder


def found(world: World, line: Line, *, platforms: Sequence[str] = (SHOP,)) -> Holder:
    """Have the present holder of a line see what was left behind."""
    holder = proven(world, line)
    holder.ask(platforms)
    holder.await_answers()
    return holder
