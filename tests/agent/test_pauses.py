"""What the store does not do is tried again after longer and longer, and stands in nobody's way meanwhile."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from jiebang.agent.act import act_on_due
from jiebang.agent.clean import clean_on_due
from jiebang.agent.desk import Desk
from jiebang.agent.pauses import pause
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import Shop
from tests.agent.test_clean import BEFORE, UNBIND
from tests.agent.test_orders import turn
from tests.agent.turning import Clock

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True),
]
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _busy(shop: Shop) -> None:
    """Let nothing become of a change to one customer, for no reason that an agent could know."""
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    shop.run(
        "create trigger busy before update on customer when old.id = 7"
        " begin select abs(-9223372036854775808); end"
    )


def tries(lines: Iterable[Mapping[str, object]]) -> int:
    """Count how often something had to wait for the store."""
    return sum(line["event"] in {"agent:order:waits", "agent:signal:waits"} for line in lines)


async def tried_at(work: Callable[[Desk], Awaitable[object]], desk: Desk, clock: Clock) -> list[int]:
    """Say in which of the next 40 seconds the store was bothered."""
    seconds = []
    for second in range(40):
        with capture_logs() as lines:
            await work(desk)
        seconds += [second] * tries(lines)
        clock.turn(SECOND)
    return seconds


async def test_an_order_that_the_store_does_not_do_is_tried_after_longer_and_longer(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        await turn(desk)
        assert await tried_at(act_on_due, desk, clock) == [0, 1, 3, 7, 15, 31]
        pretender.order("ord_2", "account-8")
        await turn(desk)
        assert pretender.told("ord_2") == ["fulfilled"]
        shop.run("drop trigger busy")
        await tried_at(act_on_due, desk, clock)
    assert (pretender.told("ord_1")[-1], shop.changes(7)) == ("fulfilled", 1)


async def test_a_letter_that_comes_again_has_the_store_bothered_no_more_often(
    desk_of: DeskOpener, pretender: Pretender, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        assert await tried_at(turn, desk, clock) == [0, 1, 2, 4, 8, 16, 32]
    assert len(pretender.mailbox) == 1


async def test_a_signal_is_tried_after_longer_and_longer_as_well(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.signal()
    async with desk_of(clean=UNBIND) as desk:
        assert await tried_at(turn, desk, clock) == [0, 1, 2, 4, 8, 16, 32]
        shop.run("drop trigger busy")
        await clean_on_due(desk)
        assert pretender.clearances == []
        await desk.begin_again()
        await clean_on_due(desk)
    assert [said["cleared"] for said in pretender.clearances] == [1]


async def test_a_restart_has_everything_tried_at_once(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        await tried_at(turn, desk, clock)
    shop.run("drop trigger busy")
    async with desk_of() as restarted:
        await act_on_due(restarted)
        assert pretender.told("ord_1") == []
        await restarted.begin_again()
        await act_on_due(restarted)
    assert (pretender.told("ord_1")[-1], shop.changes(7)) == ("fulfilled", 1)


async def test_however_often_it_was_tried_nothing_is_let_alone_for_ever(shop: Shop) -> None:
    del shop
    assert [pause(tries) for tries in (0, 1, 2, 3)] == [0 * SECOND, SECOND, 2 * SECOND, 4 * SECOND]
    assert pause(10) == pause(10**6) == timedelta(minutes=5)


async def test_what_was_let_alone_while_the_clock_was_ahead_is_tried_when_it_is_right(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        await turn(desk)
        clock.turn(timedelta(days=30))
        await tried_at(act_on_due, desk, clock)
        clock.turn(timedelta(days=-30))
        shop.run("drop trigger busy")
        await act_on_due(desk)
    assert (pretender.told("ord_1")[-1], shop.changes(7)) == ("fulfilled", 1)
