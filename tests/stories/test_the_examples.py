"""The configurations that people are told to copy are sound: the agent proves them on its canary."""

from collections.abc import Iterator

import pytest

from jiebang.sandbox.world import Plan, World, opened


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Open a world."""
    with opened(Plan(directory=tmp_path_factory.mktemp("examples") / "world")) as world:
        yield world


@pytest.mark.parametrize("name", ["shop", "identity"])
def test_the_agent_proves_an_example_on_its_canary(world: World, name: str) -> None:
    said = world.command("agent", "check", str(world.plan.directory / name / "agent.toml"))
    assert "proven" in said
    assert "failed" not in said
