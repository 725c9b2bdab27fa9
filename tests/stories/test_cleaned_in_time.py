"""A number is disconnected: its records are let go before it is sold again, and its carrier hears so."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from jiebang.domain.letter import Event
from jiebang.sandbox.carrier import Row
from jiebang.sandbox.program import PATIENCE_SECONDS, NotAsTold, until
from jiebang.sandbox.story import ago, local
from jiebang.sandbox.world import CARRIER, World
from tests.stories.proxy import Passing, Proxy, Trap
from tests.stories.stage import watched

CLEAN = '\n[clean]\non_disconnected = "unbind"\n'
DAY = timedelta(days=1)
ONE_POLL = 40.0
"""A replay that another process asks for is noticed when the poll that waits has ended: after 25 seconds."""
MOMENTS: Mapping[str, Callable[[Passing], bool]] = {
    "the signal is polled": lambda it: Event.NUMBER_DISCONNECTED in it.events(),
    "the record is let go and the hub not told": lambda it: not it.status and it.path.endswith("/clearances"),
    "the hub is told and the signal not confirmed": lambda it: (
        bool(it.status) and it.path.endswith("/clearances")
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A number, the account that its last holder left, and their place on the marketing list."""

    number: str
    account: int
    consent: int


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Proxy]]:
    """Open one world whose shop cleans by itself."""
    directory = tmp_path_factory.mktemp("cleaned-in-time") / "world"
    with watched(directory, worker_apart=True, more={"shop": CLEAN}) as (world, proxy):
        agent = world.agents["shop"]
        agent.until("the stream is open", lambda: "agent:stream:found" in agent.said() or None)
        yield world, proxy


def leave(world: World, number: str) -> Left:
    """Let a holder come, sign up at the shop, and give the number up yesterday."""
    account = world.shop.sign_up(local(number), "故人", since=ago(4))
    consent = world.shop.consent(local(number), "sms", given_at=ago(4))
    ended, began = datetime.now(UTC) - DAY, datetime.now(UTC) - 5 * 365 * DAY
    world.load([
        Row(number, "assigned", began.date().isoformat(), "subscriber-1"),
        Row(number, "disconnected", ended.isoformat(), "subscriber-1"),
    ])  # fmt: skip
    return Left(number=number, account=account, consent=consent)


def report(world: World, *numbers: str) -> list[dict[str, str]]:
    """Ask as the carrier which platforms have cleared numbers."""
    asked = world.plan.directory / "numbers.txt"
    asked.write_text("\n".join(numbers) + "\n")
    said = world.command("carrier", "clearance", str(asked), "--carrier", CARRIER)
    return list(csv.DictReader(StringIO(said)))


def cleared(world: World, number: str) -> dict[str, str]:
    """Wait until the shop has cleared a number, and give the report."""

    def clear() -> dict[str, str] | None:
        (row,) = report(world, number)
        return row if row["clear"] == "1" else None

    return until("the shop has cleared the number", clear)


def test_what_was_left_is_let_go_and_the_report_says_so(stage: tuple[World, Proxy]) -> None:
    world, _ = stage
    left = leave(world, "+8613600300001")
    row = cleared(world, left.number)
    account = world.shop.account(left.account)
    assert (account["phone"], account["nickname"], account["deleted_at"]) == (None, "故人", None)
    assert not world.shop.advertises_to(local(left.number))
    assert (row["records_cleared"], row["records_kept"]) == ("2", "0")
    # The identity provider's agent cleans nothing by itself, and so it says nothing.
    assert (row["waiting"], row["silent"], row["left"]) == ("1", "0", "0")


def test_a_number_that_the_carrier_did_not_end_is_not_reported(stage: tuple[World, Proxy]) -> None:
    with pytest.raises(NotAsTold, match="line 1: this carrier reported no end"):
        report(stage[0], "+8613600300099")


@pytest.mark.parametrize("victim", ["agent", "hub"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_survives_the_death_of(stage: tuple[World, Proxy], victim: str, moment: str) -> None:
    world, proxy = stage
    program = world.agents["shop"] if victim == "agent" else world.hub
    number = f"+861360031{list(MOMENTS).index(moment)}{victim == 'hub':d}00"
    proxy.trap = Trap(fits=MOMENTS[moment], act=program.kill, cuts=moment != "the signal is polled")
    left = leave(world, number)
    assert proxy.trap.sprung.wait(PATIENCE_SECONDS), f"{moment}: it never was"
    assert not program.running
    world.revive()
    row = cleared(world, left.number)
    assert row["records_cleared"] == "2"
    assert world.shop.changes(left.account) == 1
    assert world.shop.changes(left.consent, entity="marketing_consent") == 1


def test_a_replay_changes_nothing_that_was_done(stage: tuple[World, Proxy]) -> None:
    world, _ = stage
    left = leave(world, "+8613600300003")
    cleared(world, left.number)
    since = (datetime.now(UTC) - DAY).date().isoformat()
    assert "told again" in world.command("stream", "replay", "par_bluebird", "--from", since)
    until("everything is heard again", lambda: settled(world) or None, seconds=ONE_POLL)
    assert world.shop.changes(left.account) == 1
    assert cleared(world, left.number)["records_cleared"] == "2"


def settled(world: World) -> bool:
    """Whether the shop's stream has nothing left to settle."""
    (row,) = [line for line in world.command("stream", "list").splitlines() if "par_bluebird" in line]
    return " 0 " in row
