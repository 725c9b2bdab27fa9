"""Beyond the platform's own budget nothing is changed until a person releases it, and nothing is denied."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from jiebang.agent.act import act_on_due
from jiebang.agent.clean import clean_on_due
from jiebang.agent.config import Budget
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import Dealt, deal_with
from jiebang.agent.ledger import Ledger
from jiebang.agent.mailbox import SIGNALS, WANTED, Mailbox
from jiebang.agent.spending import Cost, Kind, Spending
from jiebang.domain.number import Number
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
TWO = "\n[budget]\nchanges_per_hour = 2\nderegistrations_per_hour = 1\n"
CLEAN = '\n[clean]\non_disconnected = "unbind"\n'
HOUR = timedelta(hours=1)


def customers(shop: Shop, count: int) -> list[str]:
    """Register customers with one number, each in a spelling of their own; gives their handles."""
    for row in range(2, 2 + count):
        shop.add(row, phone="13800138000" + " " * (row - 2), nickname="n")
    return [f"account-{row}" for row in range(2, 2 + count)]


async def turn(desk: Desk, pretender: Pretender) -> Dealt:
    """Take one poll's letters and deal with them."""
    post = await Mailbox(desk.hub, (*WANTED, *SIGNALS)).poll()
    dealt = await deal_with(post.letters, desk)
    await Mailbox(desk.hub).poll(done=dealt.done)
    assert not pretender.complaints
    return dealt


@pytest.fixture
def open_handles(shop: Shop) -> list[str]:
    """Register four customers."""
    return customers(shop, 4)


def numbers(shop: Shop, handles: list[str]) -> int:
    """Count the customers who have a number still."""
    return sum(shop.row(int(handle.removeprefix("account-")))["phone"] is not None for handle in handles)


async def test_what_is_beyond_the_budget_is_accepted_confirmed_and_not_done(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    for at, handle in enumerate(open_handles):
        pretender.order(f"ord_{at}", handle)
    async with desk_of(budget=TWO) as desk:
        dealt = await turn(desk, pretender)
        assert (len(dealt.done), numbers(shop, open_handles)) == (4, 2)
        assert sorted(said["outcome"] for said in pretender.outcomes) == [
            "accepted", "accepted", "fulfilled", "fulfilled",
        ]  # fmt: skip
        await act_on_due(desk)
    assert numbers(shop, open_handles) == 2


@ON_SQLITE
async def test_an_hour_later_what_is_held_is_held_and_what_is_new_is_done(
    shop: Shop, pretender: Pretender, clock: Clock, desk_of: DeskOpener, *, open_handles: list[str]
) -> None:
    for at, handle in enumerate(open_handles[:3]):
        pretender.order(f"ord_{at}", handle)
    async with desk_of(budget=TWO) as desk:
        await turn(desk, pretender)
        clock.turn(HOUR + timedelta(minutes=1))
        await act_on_due(desk)
        assert numbers(shop, open_handles) == 2
        pretender.order("ord_new", open_handles[3])
        await turn(desk, pretender)
    assert numbers(shop, open_handles) == 1


@pytest.mark.parametrize(
    ("later", "used"), [(HOUR - timedelta(seconds=59), 2), (HOUR, 2), (HOUR + timedelta(minutes=1), 0)]
)
def test_what_was_spent_at_the_end_of_a_minute_counts_for_a_whole_hour(
    tmp_path: Path, later: timedelta, used: int
) -> None:
    at = datetime(2026, 3, 4, 10, 0, 59, 999_000, tzinfo=UTC)
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        spending = Spending(ledger, Budget(changes_per_hour=2))
        assert len(spending.take([Cost(id="ord_1", changes=2)], at)) == 1
        assert spending.used(at + later)[Kind.CHANGES] == used
        assert len(spending.take([Cost(id="ord_2")], at + later)) == (used == 0)


def test_a_clock_that_was_set_back_holds_everything_for_an_hour_and_not_for_years(tmp_path: Path) -> None:
    ahead, now = datetime(2036, 3, 4, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        spending = Spending(ledger, Budget(changes_per_hour=3, deregistrations_per_hour=3))
        spending.take([Cost(id="ord_1", changes=2, deregistrations=1)], ahead)
        spending.take([Cost(id="ord_2", changes=1)], ahead - HOUR)
        assert spending.take([Cost(id="ord_3")], now) == set()
        assert spending.used(now) == {Kind.CHANGES: 3, Kind.DEREGISTRATIONS: 1}
        assert spending.take([Cost(id="ord_4")], now + HOUR) == set()
        assert spending.take([Cost(id="ord_5")], now + HOUR + timedelta(minutes=1)) == {"ord_5"}


@ON_SQLITE
async def test_a_restart_neither_forgets_what_was_spent_nor_what_is_held(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    for at, handle in enumerate(open_handles[:2]):
        pretender.order(f"ord_{at}", handle)
    async with desk_of(budget=TWO) as desk:
        await turn(desk, pretender)
    pretender.order("ord_2", open_handles[2])
    async with desk_of(budget=TWO) as desk:
        await turn(desk, pretender)
        assert desk.spending.used(desk.now())[Kind.CHANGES] == 2
    async with desk_of(budget=TWO) as desk:
        await act_on_due(desk)
        assert desk.spending.held() == 1
    assert numbers(shop, open_handles) == 2


@ON_SQLITE
async def test_a_person_releases_what_is_held_and_it_is_done(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    for at, handle in enumerate(open_handles):
        pretender.order(f"ord_{at}", handle)
    async with desk_of(budget=TWO) as desk:
        await turn(desk, pretender)
        assert desk.spending.release(desk.now()) == 2
        await act_on_due(desk)
        assert (numbers(shop, open_handles), desk.spending.held()) == (0, 0)
        assert desk.spending.used(desk.now())[Kind.CHANGES] == 2
    assert [pretender.told(f"ord_{at}")[-1] for at in range(4)] == ["fulfilled"] * 4


@ON_SQLITE
async def test_closing_accounts_has_a_lower_budget_of_its_own(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    pretender.order("ord_0", open_handles[0], close=True)
    pretender.order("ord_1", open_handles[1], close=True)
    pretender.order("ord_2", open_handles[2])
    async with desk_of(budget=TWO) as desk:
        await turn(desk, pretender)
    assert [shop.row(row)["deleted_at"] is not None for row in (2, 3, 4)] == [True, False, False]
    assert shop.row(4)["phone"] is None
    assert pretender.told("ord_1") == ["accepted"]


@ON_SQLITE
async def test_a_held_order_that_is_revoked_is_never_done(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    for at, handle in enumerate(open_handles[:3]):
        pretender.order(f"ord_{at}", handle)
    async with desk_of(budget=TWO) as desk:
        await turn(desk, pretender)
        held = next(f"ord_{at}" for at in range(3) if pretender.told(f"ord_{at}") == ["accepted"])
        pretender.revoke(held)
        await turn(desk, pretender)
        assert (desk.spending.held(), desk.spending.release(desk.now())) == (0, 0)
        await act_on_due(desk)
    assert numbers(shop, open_handles) == 2


@ON_SQLITE
async def test_another_attempt_counts_anew(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    async with desk_of(budget=TWO) as desk:
        for attempt, handle in enumerate(open_handles, start=1):
            pretender.order("ord_1", handle, attempt=attempt)
            await turn(desk, pretender)
    assert numbers(shop, open_handles) == 2


@ON_SQLITE
async def test_the_alarm_is_raised_once(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str]
) -> None:
    async with desk_of(budget=TWO) as desk:
        with capture_logs() as lines:
            for at, handle in enumerate(open_handles):
                pretender.order(f"ord_{at}", handle)
                await turn(desk, pretender)
    alarms = [line for line in lines if line["event"] == "agent:budget:spent"]
    assert [(alarm["log_level"], alarm["held"]) for alarm in alarms] == [("error", 1)]
    assert numbers(shop, open_handles) == 2


@ON_SQLITE
async def test_orders_that_wait_for_the_store_count_once(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, open_handles: list[str], clock: Clock
) -> None:
    pretender.order("ord_0", open_handles[0])
    async with desk_of(budget=TWO) as desk:
        shop.run("alter table customer rename to elsewhere")
        for _ in range(4):
            await turn(desk, pretender)
            clock.turn(timedelta(minutes=5))
        shop.run("alter table elsewhere rename to customer")
        await turn(desk, pretender)
        assert desk.spending.used(desk.now())[Kind.CHANGES] == 1
    assert numbers(shop, open_handles) == 3


@ON_SQLITE
async def test_what_is_cleaned_because_of_signals_counts_too(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener
) -> None:
    lines = ["13800138000", "13800138001", "13800138002"]
    for row, line in enumerate(lines, start=2):
        shop.add(row, phone=line, phone_bound_at="2020-01-01T00:00:00")
        pretender.signal(f"sig_{row}", number=Number(f"+86{line}"))
    async with desk_of(budget=TWO, clean=CLEAN) as desk:
        dealt = await turn(desk, pretender)
        assert (len(dealt.done), numbers(shop, ["account-2", "account-3", "account-4"])) == (3, 1)
        assert (len(pretender.clearances), desk.book.held()) == (2, 1)
        assert desk.book.release(desk.now()) == 1
        await clean_on_due(desk)
    assert sum(said["cleared"] for said in pretender.clearances) == 3
    assert numbers(shop, ["account-2", "account-3", "account-4"]) == 0
