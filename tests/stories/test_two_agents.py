"""A platform may run two agents on its one stream: what both take to be theirs happens once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jiebang.domain.letter import Event
from jiebang.sandbox.program import Program, installed
from jiebang.sandbox.world import World
from tests.stories.proxy import Proxy
from tests.stories.stage import found, recycle, watched


@contextmanager
def second_agent(world: World) -> Iterator[None]:
    """Run another agent of the shop, with a ledger of its own, so that it knows nothing of the first."""
    config = world.plan.directory / "shop/second.toml"
    config.write_text(
        (config.parent / "agent.toml").read_text().replace("agent-ledger.db", "second-ledger.db")
    )
    output = world.plan.directory / "logs/second-agent.log"
    agent = Program([installed("jiebang"), "agent", "run", str(config)], output=output, environment={})
    agent.start()
    try:
        agent.until("the second agent finds the stream", lambda: "agent:stream:found" in agent.said() or None)
        yield
    finally:
        agent.stop()


def times_handed_over(proxy: Proxy) -> list[int]:
    """Count how often each order's letter was handed over."""
    letters = [
        letter["jti"]
        for passing in proxy.seen
        for letter in passing.letters()
        if Event.UNBIND_ORDERED in letter["events"]
    ]
    return [letters.count(jti) for jti in set(letters)]


def test_the_same_letter_taken_by_two_agents_has_one_effect(tmp_path: Path) -> None:
    with watched(tmp_path / "world") as (world, proxy), second_agent(world):
        lines = recycle(world, 5)
        for line in lines:
            holder = found(world, line)
            holder.free_everything()
            assert [order.state for order in holder.await_orders(1)] == ["verified"]
        assert [world.shop.changes(line.row) for line in lines] == [1] * len(lines)
        assert max(times_handed_over(proxy)) > 1, "the agents never took the same letter"
