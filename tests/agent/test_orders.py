"""An order takes effect once, whatever is cut off when; and never before its time, and never once revoked."""

from datetime import timedelta

import pytest

from jiebang.agent.act import FRESH, act_on_due
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import Dealt, deal_with
from jiebang.agent.errors import HubDown
from jiebang.agent.ledger import Entry
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.binding import OrderKind
from jiebang.domain.outcome import Outcome, Said
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.shop import Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _somebody(shop: Shop) -> None:
    shop.add(7, phone="13800138000")


async def turn(desk: Desk) -> Dealt:
    """Take what waits at the hub, deal with it, and confirm it."""
    mailbox = Mailbox(desk.hub)
    post = await mailbox.poll()
    dealt = await deal_with(post.letters, desk)
    if dealt.done or dealt.complaints:
        await mailbox.poll(done=dealt.done, complaints=dealt.complaints)
    return dealt


def taken(desk: Desk, order_id: str = "ord_1", handle: str = "account-7") -> Entry:
    """Write an order into the ledger, as its letter does."""
    entry = Entry(
        id=order_id,
        kind=OrderKind.UNBIND,
        handle=handle,
        number=NUMBER,
        act_at=None,
        heard_at=desk.now(),
        letter=f"letter of {order_id}",
    )
    desk.ledger.take([entry])
    return entry


async def test_an_order_is_acted_on_told_and_then_confirmed(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    jti = pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        dealt = await turn(desk)
    assert (dealt.done, pretender.confirmed, pretender.mailbox) == ([jti], [jti], {})
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_cut_off_after_it_was_written_down(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        taken(desk)
    async with desk_of() as restarted:
        await act_on_due(restarted)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_cut_off_after_the_store_was_changed(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        await desk.connector.unbind(taken(desk).handle, NUMBER)
    async with desk_of() as restarted:
        await act_on_due(restarted)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_cut_off_after_the_outcome_was_written_down(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        await desk.connector.unbind(taken(desk).handle, NUMBER)
        desk.ledger.acted([Outcome(order_id="ord_1", said=Said.FULFILLED, at=desk.now())])
    async with desk_of() as restarted:
        await act_on_due(restarted)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_cut_off_after_the_hub_was_told(desk_of: DeskOpener, pretender: Pretender, shop: Shop) -> None:
    jti = pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        post = await Mailbox(desk.hub).poll()
        await deal_with(post.letters, desk)
    async with desk_of() as restarted:
        await turn(restarted)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled", "fulfilled"], 1)
    assert pretender.confirmed == [jti]


async def test_a_hub_that_goes_down_is_told_later(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        taken(desk)
        pretender.troubles = [503]
        with pytest.raises(HubDown):
            await act_on_due(desk)
        assert desk.ledger.settled(["ord_1"], desk.now()) == set()
        await act_on_due(desk)
        assert desk.ledger.settled(["ord_1"], desk.now()) == {"ord_1"}
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_two_agents_of_one_platform_have_one_effect(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    pretender.order("ord_1", "account-7")
    async with desk_of("one.db") as one, desk_of("other.db") as other:
        both = [(desk, (await Mailbox(desk.hub).poll()).letters) for desk in (one, other)]
        for desk, letters in both:
            assert len((await deal_with(letters, desk)).done) == 1
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled", "fulfilled"], 1)


async def test_an_order_waits_until_its_owner_could_object(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    jti = pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await turn(desk)
        for _ in range(3):
            await act_on_due(desk)
    assert (pretender.told("ord_1"), pretender.confirmed, shop.changes(7)) == (["accepted"], [jti], 0)
    clock.turn(WEEK)
    async with desk_of() as restarted:
        await act_on_due(restarted)
    assert (pretender.told("ord_1")[-1], shop.changes(7)) == ("fulfilled", 1)


async def test_a_waiting_order_is_not_confirmed_before_the_hub_knows(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        pretender.troubles = [503]
        with pytest.raises(HubDown):
            await deal_with(letters, desk)
        assert desk.ledger.settled(["ord_1"], desk.now()) == set()


async def test_an_order_revoked_while_it_waits_is_never_acted_on(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    pretender.order("ord_1", "account-7", waits=WEEK)
    async with desk_of() as desk:
        await turn(desk)
        jti = pretender.revoke("ord_1")
        await turn(desk)
        clock.turn(WEEK)
        await act_on_due(desk)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["accepted"], 0)
    assert pretender.confirmed[-1] == jti


@pytest.mark.parametrize("order_first", [True, False])
async def test_an_order_and_its_revocation_in_one_poll_do_nothing(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, *, order_first: bool
) -> None:
    for leave in (pretender.order, pretender.revoke)[:: 1 if order_first else -1]:
        leave("ord_1", *(["account-7"] if leave == pretender.order else []))
    async with desk_of() as desk:
        assert len((await turn(desk)).done) == 2
    assert (pretender.told("ord_1"), shop.changes(7)) == ([], 0)


async def test_a_revocation_that_comes_before_its_order_counts(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    pretender.revoke("ord_1")
    async with desk_of() as desk:
        await turn(desk)
        pretender.order("ord_1", "account-7")
        await turn(desk)
    assert (pretender.told("ord_1"), shop.changes(7), pretender.mailbox) == ([], 0, {})


async def test_old_word_is_asked_about_before_anything_is_changed(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    async with desk_of() as desk:
        taken(desk)
        clock.turn(FRESH)
        pretender.refused["ord_1"] = "order_ended"
        await act_on_due(desk)
        await act_on_due(desk)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["accepted"], 0)


async def test_what_the_hub_refuses_counts_as_told(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    pretender.refused["ord_1"] = "order_ended"
    jti = pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        assert (await turn(desk)).done == [jti]
        await act_on_due(desk)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


@pytest.mark.parametrize(
    ("handle", "close", "reason"),
    [
        ("person-7", False, "no_match"),
        ("account-", False, "no_match"),
        ("subscription-7", True, "unsupported"),
    ],
)
async def test_what_cannot_be_done_is_denied_with_its_reason(
    desk_of: DeskOpener, pretender: Pretender, *, handle: str, close: bool, reason: str
) -> None:
    pretender.order("ord_1", handle, close=close)
    async with desk_of() as desk:
        await turn(desk)
    assert [(said["outcome"], said["reason"]) for said in pretender.outcomes] == [("denied", reason)]


async def test_what_is_ambiguous_is_denied_and_not_changed(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    lazy = "update customer set nickname = 'x' where id = :handle and phone = :stored"
    pretender.order("ord_1", "account-7")
    async with desk_of(unbind=lazy) as desk:
        await turn(desk)
    [said] = pretender.outcomes
    assert (said["outcome"], said["reason"]) == ("denied", "other")
    assert "did not change as it should; nothing was changed" in said["words"]
    assert shop.changes(7) == 0


async def test_a_store_that_is_down_makes_orders_wait(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    pretender.order("ord_1", "account-7")
    shop.run("alter table customer rename to elsewhere")
    async with desk_of() as desk:
        assert (await turn(desk)).done == []
        assert (pretender.told("ord_1"), len(pretender.mailbox)) == ([], 1)
        shop.run("alter table elsewhere rename to customer")
        assert len((await turn(desk)).done) == 1
    assert (pretender.told("ord_1"), shop.row(7)["phone"]) == (["fulfilled"], None)


async def test_a_settled_order_leaves_no_number_behind(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    for row, line in enumerate(("13800138001", "13800138002"), start=11):
        shop.add(row, phone=line)
    pretender.order("ord_1", "account-7")
    pretender.order("ord_2", "account-8", waits=WEEK)
    async with desk_of() as desk:
        await turn(desk)
        pretender.revoke("ord_2")
        await turn(desk)
        with desk.ledger.engine.connect() as connection:
            kept = connection.exec_driver_sql("select handle, number from orders").all()
    assert kept == [(None, None), (None, None)]


async def test_orders_of_one_record_are_acted_on_one_after_another(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    for serial in range(5):
        pretender.order(f"ord_{serial}", "account-7")
    async with desk_of() as desk:
        assert len((await turn(desk)).done) == 5
    assert {said["outcome"] for said in pretender.outcomes} == {"fulfilled"}
    assert shop.changes(7) == 1


async def test_what_an_entry_prints_tells_no_number_and_no_handle(desk_of: DeskOpener) -> None:
    async with desk_of() as desk:
        printed = repr(taken(desk))
    assert "138001" not in printed
    assert "account-7" not in printed
