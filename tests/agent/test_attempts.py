"""What is ordered again is done again, and what is overdue is looked at again; nothing is done twice."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiebang.agent.act import FRESH, act_on_due
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import Dealt, deal_with
from jiebang.agent.errors import HubDown
from jiebang.agent.ledger import Ledger
from jiebang.agent.mailbox import Mailbox
from jiebang.agent.settling import Settled, settle
from jiebang.cli import app
from jiebang.domain.outcome import Outcome, Said
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _somebody(shop: Shop) -> None:
    shop.add(7, phone="13800138000")


async def turn(desk: Desk) -> Dealt:
    """Take what waits at the hub, deal with it, and confirm it."""
    mailbox = Mailbox(desk.hub)
    post = await mailbox.poll()
    dealt = await deal_with(post.letters, desk)
    await mailbox.poll(done=dealt.done, complaints=dealt.complaints)
    return dealt


def is_back(shop: Shop) -> None:
    """The number is on the account again, whoever put it there."""
    shop.run("update customer set phone = '13800138000' where id = 7")


def attempts(pretender: Pretender) -> list[tuple[str, int]]:
    """What the hub was told, and of which attempt."""
    return [(said["outcome"], said["attempt"]) for said in pretender.outcomes]


async def test_what_is_ordered_again_is_done_again(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7", attempt=1)
        await turn(desk)
        is_back(shop)
        pretender.order("ord_1", "account-7", attempt=2)
        assert len((await turn(desk)).done) == 1
    assert attempts(pretender) == [("fulfilled", 1), ("fulfilled", 2)]
    assert shop.row(7)["phone"] is None


async def test_what_is_delivered_again_is_not_done_again(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        for attempt in (1, 2, 2, 1):
            pretender.order("ord_1", "account-7", attempt=attempt)
            await turn(desk)
            is_back(shop)
        assert pretender.mailbox == {}
    assert attempts(pretender) == [("fulfilled", 1), ("fulfilled", 2), ("fulfilled", 2)]


async def test_an_attempt_that_comes_while_the_last_is_being_told_is_not_taken_for_it(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7", attempt=1)
        await turn(desk)
        told = Outcome(order_id="ord_1", said=Said.FULFILLED, at=desk.now(), attempt=1)
        is_back(shop)
        pretender.order("ord_1", "account-7", attempt=2)
        letters = (await Mailbox(desk.hub).poll()).letters
        pretender.troubles = [503]
        with pytest.raises(HubDown):
            await deal_with(letters, desk)
        desk.ledger.sent([told], desk.now())
        await act_on_due(desk)
    assert attempts(pretender)[-1] == ("fulfilled", 2)
    assert shop.row(7)["phone"] is None


@pytest.mark.parametrize("order_first", [True, False])
async def test_an_attempt_that_was_taken_back_is_not_made(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, *, order_first: bool
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7", attempt=1)
        await turn(desk)
        is_back(shop)
        before = shop.changes(7)
        if order_first:
            pretender.order("ord_1", "account-7", attempt=2)
        pretender.revoke("ord_1", attempt=2)
        if not order_first:
            pretender.order("ord_1", "account-7", attempt=2)
        assert len((await turn(desk)).done) == 2
    assert (attempts(pretender), shop.changes(7)) == ([("fulfilled", 1)], before)


async def test_an_overdue_order_that_is_not_known_is_done(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    jti = pretender.remind("ord_1", "account-7")
    async with desk_of() as desk:
        assert (await turn(desk)).done == [jti]
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_an_overdue_order_that_waits_is_tried_at_once(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7")
        shop.run("alter table customer rename to elsewhere")
        await turn(desk)
        shop.run("alter table elsewhere rename to customer")
        clock.turn(FRESH * 100)
        pretender.remind("ord_1", "account-7")
        assert len((await turn(desk)).done) == 2
    # It was not asked whether the order stands: the reminder says so.
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_of_what_is_settled_a_reminder_has_it_said_again(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7")
        await turn(desk)
        pretender.remind("ord_1", "account-7")
        await turn(desk)
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled", "fulfilled"], 1)


async def test_what_people_have_seen_to_is_said_again_by_a_later_time_and_once(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, clock: Clock
) -> None:
    async with desk_of() as desk:
        for attempt in (1, 2):
            pretender.order("ord_1", "account-7", attempt=attempt)
            await turn(desk)
        clock.turn(FRESH)
        assert settle(desk.ledger, "ord_1", now=clock()) is Settled.TAKEN
        for _ in range(2):
            await act_on_due(desk)
    assert attempts(pretender) == [("fulfilled", 1), ("fulfilled", 2), ("fulfilled", 2)]
    before, after = (said["at"] for said in pretender.outcomes[1:])
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == FRESH
    assert shop.changes(7) == 1


async def test_what_people_cannot_do_is_denied_with_their_words(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, tmp_path: Path
) -> None:
    words = ["agent", "settle", str(shop.config(tmp_path)), "ord_1", "--words", "a case"]
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7")
        await turn(desk)
        for more, code in (((), 2), (("--denied", "legal_hold"), 0), (("--denied", "legal_hold"), 1)):
            assert CliRunner().invoke(app, [*words, *more]).exit_code == code
        await act_on_due(desk)
    last = pretender.outcomes[-1]
    assert (last["outcome"], last["reason"], last["words"]) == ("denied", "legal_hold", "a case")


async def test_of_what_is_not_done_or_stands_no_more_people_say_nothing(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7", waits=FRESH)
        pretender.order("ord_2", "account-7")
        await turn(desk)
        pretender.revoke("ord_2")
        await turn(desk)
        came_of_it = [settle(desk.ledger, f"ord_{one}", now=desk.now()) for one in (1, 2, 3)]
        await act_on_due(desk)
    assert came_of_it == [Settled.NOT_DONE, Settled.ENDED, Settled.UNKNOWN]
    assert attempts(pretender) == [("accepted", 1), ("fulfilled", 1)]


async def test_a_ledger_from_before_attempts_were_counted_is_read_on(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7")
        await turn(desk)
        file = Path(str(desk.ledger.engine.url.database))
    with sqlite3.connect(file) as connection:
        connection.execute("drop index orders_to_notify")
        connection.execute("alter table orders drop column attempt")
    connection.close()
    Ledger(file).close()
    is_back(shop)
    async with desk_of() as desk:
        pretender.order("ord_1", "account-7", attempt=2)
        await turn(desk)
    assert attempts(pretender)[-1] == ("fulfilled", 2)
    assert shop.row(7)["phone"] is None
