"""Whoever cannot show that a number is theirs learns nothing and changes nothing, and is told why."""

import time
from collections.abc import Iterator

import pytest

from jiebang.sandbox.holder import Holder
from jiebang.sandbox.world import Plan, World, opened
from tests.stories.stage import Line, found, proven, recycle

PROOF_SECONDS = 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Open a world in which a proof is good for a few seconds only."""
    directory = tmp_path_factory.mktemp("wrong-codes") / "world"
    with opened(Plan(directory=directory, policy={"proof_life": f"PT{PROOF_SECONDS}S"})) as world:
        yield world


@pytest.fixture(scope="module")
def lines(world: World) -> Iterator[Line]:
    """Give every story a number of its own."""
    return iter(recycle(world, 6))


def wrong(code: str) -> str:
    """Make a code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def told(holder: Holder) -> str:
    """Read what the page says went wrong."""
    return " ".join(holder.page.alerts)


def test_a_wrong_code_is_told_with_the_tries_that_are_left(world: World, lines: Iterator[Line]) -> None:
    number = next(lines).number
    holder = Holder(world.public_url, language="en")
    holder.ask_code(number)
    code = world.gateway.next_code(number)
    holder.tell_code(wrong(code))
    assert holder.status == 422
    assert "4 tries left" in told(holder)
    holder.tell_code(code)
    assert holder.path == "/platforms"


def test_five_wrong_codes_lock_the_number_and_say_until_when(world: World, lines: Iterator[Line]) -> None:
    number = next(lines).number
    holder = Holder(world.public_url, language="en")
    holder.ask_code(number)
    code = world.gateway.next_code(number)
    statuses = [[holder.tell_code(wrong(code)), holder.status][1] for _ in range(5)]
    assert statuses == [422, 422, 422, 422, 429]
    assert "locked" in told(holder)
    assert "try again at" in told(holder)
    holder.ask_code(number)
    assert (holder.status, "locked" in told(holder)) == (429, True)
    assert "jiebang" not in holder.cookies


def test_a_proof_that_is_too_old_leads_back_to_the_start(world: World, lines: Iterator[Line]) -> None:
    line = next(lines)
    holder = found(world, line)
    time.sleep(PROOF_SECONDS)
    holder.free_everything()
    assert holder.path == "/?said=stale"
    assert world.shop.changes(line.row) == 0
    assert proven(world, line).orders() == []


def test_what_is_no_number_is_told_and_no_code_is_sent(world: World) -> None:
    sent = len(world.gateway.texts)
    holder = Holder(world.public_url, language="en")
    holder.ask_code("12345")
    assert holder.status == 422
    assert "not a telephone number" in told(holder)
    assert len(world.gateway.texts) == sent


def test_another_holders_query_is_not_to_be_seen(world: World, lines: Iterator[Line]) -> None:
    theirs = found(world, next(lines)).path
    curious = proven(world, next(lines))
    curious.visit(theirs)
    assert curious.status == 404
    assert curious.cards() == []
