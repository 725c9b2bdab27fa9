"""However much waits, an agent reads it a part at a time, and nothing stands in the way of what is next."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from jiebang.agent import clean
from jiebang.agent.act import act_on_due
from jiebang.agent.config import Budget
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import deal_with
from jiebang.agent.ledger import Entry, instant_text
from jiebang.agent.mailbox import Mailbox
from jiebang.agent.status import read_status
from jiebang.domain.binding import OrderKind
from tests.agent.conftest import DeskOpener, FrontDesk
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.shop import Shop
from tests.agent.test_budget import customers
from tests.agent.turning import Clock

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True),
]
WEEK = timedelta(days=7)


def ordered(desk: Desk, handles: list[str]) -> list[str]:
    """Write an order for each of these into the ledger, one after another; gives their ids."""
    ids = [f"ord_{at}" for at, _ in enumerate(handles)]
    for order_id, handle in zip(ids, handles, strict=True):
        entry = Entry(
            id=order_id, kind=OrderKind.UNBIND, handle=handle, number=NUMBER, act_at=None,
            heard_at=desk.now(), letter="its letter",
        )  # fmt: skip
        desk.ledger.take([entry])
    return ids


async def test_all_that_is_due_is_done_and_told_a_part_at_a_time(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        desk.part = 2
        ids = ordered(desk, customers(shop, 5))
        await act_on_due(desk)
    assert [said["order_id"] for said in pretender.outcomes] == ids
    assert {said["outcome"] for said in pretender.outcomes} == {"fulfilled"}


async def test_what_the_store_cannot_do_now_does_not_stand_in_the_way(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    async with desk_of() as desk:
        desk.part = 2
        ids = ordered(desk, customers(shop, 5))
        # The first three of them, as far as the store is concerned: for no reason that an agent could know.
        shop.run(
            "create trigger busy before update on customer when old.id in (2, 3, 4)"
            " begin select abs(-9223372036854775808); end"
        )
        await act_on_due(desk)
        assert [said["order_id"] for said in pretender.outcomes] == ids[3:]
        shop.run("drop trigger busy")
        await act_on_due(desk)
    assert sorted(said["order_id"] for said in pretender.outcomes) == ids


async def test_what_has_just_come_has_its_turn_before_what_waits(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    handles = customers(shop, 5)
    async with desk_of() as desk:
        desk.part = 2
        ordered(desk, handles[:4])
        jti = pretender.order("ord_new", handles[4])
        dealt = await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    assert (dealt.done, [said["order_id"] for said in pretender.outcomes]) == ([jti], ["ord_new"])


async def test_an_owner_who_cannot_be_told_does_not_stand_in_the_way(
    desk_of: DeskOpener, pretender: Pretender, platform: FrontDesk, clock: Clock
) -> None:
    platform.refusals = [404] * 8
    ids = [f"ord_{at}" for at in range(10)]
    for at, order_id in enumerate(ids):
        pretender.order(order_id, f"account-{at}", waits=WEEK)
    async with desk_of(objection=platform.url) as desk:
        await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
        for _ in range(2):
            clock.turn(timedelta(minutes=1))
            await act_on_due(desk)
    offered = [said["order_id"] for said in platform.offered]
    assert (sorted(offered[:8]), sorted(offered[8:10]), sorted(offered[10:])) == (ids[:8], ids[8:], ids[:8])


def _steps(desk: Desk, work: Callable[[], object]) -> int:
    """Count what SQLite does for this, in hundreds of its machine's steps."""
    taken: list[int] = []

    def _watch(driver: sqlite3.Connection, *_: object) -> None:
        driver.set_progress_handler(lambda: taken.append(1), 100)

    event.listen(desk.ledger.engine, "checkout", _watch)
    work()
    event.remove(desk.ledger.engine, "checkout", _watch)
    return len(taken)


def _held(desk: Desk, count: int) -> None:
    at = instant_text(desk.now())
    row = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)"
        " insert into orders (id, kind, handle, number, heard_at, taken_at, held_at, accepted_at, attempt)"
        " select 'old_' || i, 'unbind', 'account-1', :number, :at, :at, :at, :at, 1 from n"
    )
    signals = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)"
        " insert into signals (id, event, number, happened, heard_at, held_at)"
        " select 'old_' || i, 'x', :number, '[null, null]', :at, :at from n"
    )
    with desk.ledger.engine.begin() as connection:
        for statement in (row, signals):
            connection.execute(sa.text(statement), {"count": count, "number": NUMBER.e164, "at": at})


async def test_what_a_second_costs_does_not_grow_with_what_is_held(desk_of: DeskOpener) -> None:
    async with desk_of() as desk:

        def _second() -> None:
            assert desk.ledger.due(desk.now(), most=desk.part) == []
            assert desk.ledger.due(desk.now(), most=desk.part, notified=True) == []
            assert desk.ledger.due(desk.now(), most=desk.part, among=["ord_1", "ord_2"]) == []
            assert desk.ledger.to_accept(desk.now(), most=desk.part) == []
            assert desk.ledger.unsent(most=desk.part) == []
            assert desk.ledger.settled(["ord_1"], desk.now()) == set()
            assert desk.objections.to_tell(most=desk.part) == []
            assert (desk.book.due(desk.now(), clean.MOST), desk.book.unsent(clean.MOST)) == ([], {})
            assert desk.spending.holds_any() == desk.book.holds_any()

        none = _steps(desk, _second)
        _held(desk, 5000)
        assert desk.spending.holds_any()
        assert read_status(desk.ledger, Budget(), now=desk.now()).held == 5000
        assert _steps(desk, _second) <= none + 10
