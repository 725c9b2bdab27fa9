"""The owner of an account hears of an order that may be about it, and can object until it is acted on."""

from datetime import timedelta

import pytest

from jiebang.agent.act import act_on_due
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import deal_with
from jiebang.agent.mailbox import Mailbox
from jiebang.agent.objections import Objection
from tests.agent.conftest import DeskOpener, FrontDesk
from tests.agent.pretender import Pretender
from tests.agent.shop import Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
WORDS = "我一直在用。"


@pytest.fixture(autouse=True)
def _somebody(shop: Shop) -> None:
    shop.add(7, phone="13800138000")


async def take(desk: Desk) -> list[str]:
    """Take in what waits at the hub; gives the letters that are done."""
    return (await deal_with((await Mailbox(desk.hub).poll()).letters, desk)).done


def object_to(desk: Desk, order_id: str = "ord_1") -> Objection:
    """Object as the account's owner."""
    return desk.objections.object(order_id, words=WORDS, now=desk.now())


async def test_the_owner_is_told_at_once_and_once(
    desk_of: DeskOpener, pretender: Pretender, platform: FrontDesk, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    pretender.order("ord_2", "account-8")
    async with desk_of(objection=platform.url) as desk:
        await take(desk)
        await act_on_due(desk)
    until = (clock() + WEEK).isoformat()
    assert platform.offered == [{"order_id": "ord_1", "handle": "account-7", "until": until}]


async def test_an_owner_who_could_not_be_told_is_told_later_also_after_a_restart(
    desk_of: DeskOpener, pretender: Pretender, platform: FrontDesk, clock: Clock
) -> None:
    platform.refusals = [503, 404]
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of(objection=platform.url) as desk:
        await take(desk)
        await act_on_due(desk)  # too soon to knock again
        clock.turn(MINUTE)
        await act_on_due(desk)
    assert len(platform.offered) == 2
    async with desk_of(objection=platform.url) as restarted:
        for _ in range(2):
            await act_on_due(restarted)
    assert (len(platform.offered), pretender.told("ord_1")) == (3, ["accepted"])


async def test_owners_are_told_of_at_the_platforms_own_address_and_at_none_that_it_leads_to(
    desk_of: DeskOpener, pretender: Pretender, platform: FrontDesk
) -> None:
    platform.refusals = [307]
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of(objection=platform.url) as desk:
        await take(desk)
        await act_on_due(desk)
    assert len(platform.offered) == 1


async def test_a_record_whose_owner_was_never_told_is_not_touched(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of(objection="http://127.0.0.1:9/owners") as desk:
        await take(desk)
        clock.turn(WEEK + MINUTE)
        await act_on_due(desk)
    assert shop.changes(7) == 0


async def test_an_objection_denies_the_order_and_nothing_is_touched(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await take(desk)
        assert [object_to(desk), object_to(desk)] == [Objection.TAKEN] * 2
        await act_on_due(desk)
        clock.turn(WEEK)
        await act_on_due(desk)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["accepted", "denied"], 0)
    assert {name: pretender.outcomes[-1][name] for name in ("reason", "words")} == {
        "reason": "objection",
        "words": WORDS,
    }


async def test_an_objection_after_the_act_comes_too_late(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await take(desk)
        clock.turn(WEEK)
        assert desk.objections.begin(desk.ledger.due(clock(), most=9), clock()) == {"ord_1"}
        assert object_to(desk) is Objection.TOO_LATE
        await act_on_due(desk)
        assert object_to(desk) is Objection.TOO_LATE
    assert (pretender.told("ord_1")[-1], shop.changes(7)) == ("fulfilled", 1)


async def test_an_objection_in_the_last_moment_counts(
    desk_of: DeskOpener, pretender: Pretender, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await take(desk)
        clock.turn(WEEK)
        due = desk.ledger.due(clock(), most=9)
        assert object_to(desk) is Objection.TAKEN
        assert (len(due), desk.objections.begin(due, clock())) == (1, set())


async def test_while_the_store_is_down_owners_can_still_object(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await take(desk)
        clock.turn(WEEK)
        shop.run("alter table customer rename to elsewhere")
        await act_on_due(desk)
        assert object_to(desk) is Objection.TAKEN
        shop.run("alter table elsewhere rename to customer")
        await act_on_due(desk)
    assert (pretender.told("ord_1")[-1], shop.changes(7)) == ("denied", 0)


async def test_what_cannot_be_objected_to_is_said(desk_of: DeskOpener, pretender: Pretender) -> None:
    pretender.order("ord_1", "account-7")
    pretender.order("ord_2", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await take(desk)
        pretender.revoke("ord_2")
        await take(desk)
        said = [object_to(desk, one) for one in ("ord_none", "ord_1", "ord_2")]
    assert said == [Objection.UNKNOWN, Objection.NOT_HEARD, Objection.ENDED]
