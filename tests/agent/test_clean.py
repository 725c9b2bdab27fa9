"""A signal takes effect once, on records that were surely bound before it, as the configuration says."""

from datetime import timedelta

import pytest

from jiebang.agent.clean import clean_on_due
from jiebang.agent.config import load
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import Dealt, deal_with
from jiebang.agent.errors import ConfigInvalid, HubDown
from jiebang.agent.mailbox import SIGNALS, WANTED, Mailbox
from jiebang.agent.signal_book import KEPT
from jiebang.domain.letter import Event
from jiebang.domain.number import Number
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.shop import CANARY, Shop
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio

UNBIND = '[clean]\non_disconnected = "unbind"\non_recycled = "unbind"\n'
MARK = "update customer set email = coalesce(email, 'look') where id = :handle and phone = :stored"
BEFORE, SAME_DAY, SINCE = "2020-03-04 05:06:07", "2025-11-03 12:00:00", "2026-01-02 03:04:05"


async def turn(desk: Desk) -> Dealt:
    """Take what waits at the hub, deal with it, and confirm it."""
    mailbox = Mailbox(desk.hub)
    post = await mailbox.poll()
    dealt = await deal_with(post.letters, desk)
    if dealt.done or dealt.complaints:
        await mailbox.poll(done=dealt.done, complaints=dealt.complaints)
    return dealt


def counts(pretender: Pretender) -> tuple[int, int, int]:
    """Say what the hub was told last: cleared, flagged, kept."""
    said = pretender.clearances[-1]
    return said["cleared"], said["flagged"], said["kept"]


@pytest.mark.parametrize("event", SIGNALS)
async def test_what_was_bound_before_is_let_go_told_and_confirmed(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, *, event: Event
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    jti = pretender.signal(event=event)
    async with desk_of(clean=UNBIND) as desk:
        assert (await turn(desk)).done == [jti]
    assert (shop.row(7)["phone"], shop.changes(7), counts(pretender)) == (None, 1, (1, 0, 0))
    assert pretender.mailbox == {}


@pytest.mark.parametrize(
    ("bound_at", "flag", "ends"),
    [
        (SAME_DAY, MARK, ("13800138000", "look", (0, 1, 0))),
        (SAME_DAY, "", ("13800138000", None, (0, 0, 1))),
        (SINCE, MARK, ("13800138000", None, (0, 0, 0))),
        (BEFORE, MARK, (None, None, (1, 0, 0))),
    ],
)
async def test_what_is_not_surely_older_is_marked_at_the_most(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, *, bound_at: str, flag: str,
    ends: tuple[str | None, str | None, tuple[int, int, int]],
) -> None:  # fmt: skip
    shop.add(7, phone="13800138000", phone_bound_at=bound_at)
    pretender.signal()
    async with desk_of(clean=UNBIND, flag=flag) as desk:
        await turn(desk)
    row = shop.row(7)
    assert (row["phone"], row["email"], counts(pretender)) == ends


async def test_an_account_of_which_only_the_beginning_is_known_is_never_let_go(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", created_at=BEFORE)
    pretender.signal()
    async with desk_of(clean=UNBIND) as desk:
        await turn(desk)
    assert (shop.changes(7), counts(pretender)) == (0, (0, 0, 1))


async def test_each_class_of_record_has_its_own_rule(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    shop.consent(3, "13800138000")
    pretender.signal("sig_1")
    pretender.signal("sig_2", event=Event.IDENTIFIER_RECYCLED, on="2026-02-03")
    rules = UNBIND + '[[clean.rule]]\nkind = "account"\non_disconnected = "ignore"\n'
    async with desk_of(clean=rules) as desk:
        await turn(desk)
    said = {one["signal_id"]: (one["cleared"], one["kept"]) for one in pretender.clearances}
    # Of the consent nobody knows when it was given.
    assert said["sig_1"] == (0, 2)
    assert said["sig_2"] == (1, 1)


async def test_nothing_found_is_told_too(desk_of: DeskOpener, pretender: Pretender) -> None:
    pretender.signal()
    async with desk_of(clean=UNBIND) as desk:
        await turn(desk)
    assert counts(pretender) == (0, 0, 0)


async def test_without_a_rule_nothing_is_looked_for_and_nothing_told(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    jti = pretender.signal()
    async with desk_of() as desk:
        assert (await turn(desk)).done == [jti]
    assert (shop.changes(7), pretender.clearances) == (0, [])


async def test_the_canary_keeps_its_number(desk_of: DeskOpener, pretender: Pretender, shop: Shop) -> None:
    pretender.signal(number=Number(CANARY))
    async with desk_of(clean=UNBIND) as desk:
        await turn(desk)
    assert (shop.row(1)["phone"], counts(pretender)) == ("13700137000", (0, 0, 1))


async def test_a_filter_that_finds_too_much_changes_nothing(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    for row in range(4):
        shop.consent(row, "13800138000")
    jti = pretender.signal()
    async with desk_of(clean=UNBIND) as desk:
        dealt = await turn(desk)
        assert desk.book.due(desk.now(), 9) == []
    assert (list(dealt.complaints), pretender.clearances) == ([jti], [])


async def test_a_store_that_refuses_a_change_for_a_moment_is_waited_for(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    jti = pretender.signal()
    needs = "update customer set phone = (select max(free) from later) where id = :handle and phone = :stored"
    async with desk_of(clean=UNBIND, unbind=needs) as desk:
        dealt = await turn(desk)
        shop.run("create table later (free varchar(9))")
        assert (dealt.done, dealt.complaints, pretender.clearances) == ([], {}, [])
        assert (await turn(desk)).done == [jti]
    assert (shop.row(7)["phone"], shop.changes(7), counts(pretender)) == (None, 1, (1, 0, 0))


async def test_cut_off_between_the_store_and_the_book_it_counts_what_it_did(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    pretender.signal()
    async with desk_of(
        clean=UNBIND, unbind="update customer set phone = phone where id = :handle and phone = :stored"
    ) as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        pretender.troubles = [503]
        with pytest.raises(HubDown):
            await deal_with(letters, desk)
        # As if it had been killed right after the store had kept the change: the plan is all there is.
        with desk.ledger.engine.begin() as connection:
            connection.exec_driver_sql("update signals set acted_at = null, kept = 0")
    shop.run("update customer set phone = null where id = 7")
    async with desk_of(clean=UNBIND) as desk:
        await turn(desk)
    assert counts(pretender) == (1, 0, 0)


async def test_cut_off_before_the_hub_was_told_it_is_told_later_and_done_once(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    jti = pretender.signal()
    async with desk_of(clean=UNBIND) as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        pretender.troubles = [503]
        with pytest.raises(HubDown):
            await deal_with(letters, desk)
        assert (shop.changes(7), pretender.clearances) == (1, [])
    async with desk_of(clean=UNBIND) as desk:
        await clean_on_due(desk)
        assert counts(pretender) == (1, 0, 0)
        assert (await turn(desk)).done == [jti]
    assert (shop.changes(7), counts(pretender)) == (1, (1, 0, 0))


async def test_a_replay_cleans_what_a_backup_brought_back(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    async with desk_of(clean=UNBIND) as desk:
        for _ in range(2):
            pretender.signal()
            await turn(desk)
            shop.run("update customer set phone = '13800138000' where id = 7")
    assert counts(pretender) == (2, 0, 0)


async def test_no_number_and_no_handle_stays_in_the_book(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop, *, clock: Clock
) -> None:
    shop.add(7, phone="13800138000", phone_bound_at=BEFORE)
    pretender.signal()
    async with desk_of(clean=UNBIND) as desk:
        await turn(desk)
        with desk.ledger.engine.connect() as connection:
            rows = str(connection.exec_driver_sql("select * from signals").all())
        assert "sig_1" in rows
        assert NUMBER.e164 not in rows
        assert "account-7" not in rows
        clock.turn(KEPT + timedelta(days=1))
        desk.book.sweep(desk.now())
        with desk.ledger.engine.connect() as connection:
            assert connection.exec_driver_sql("select * from signals").all() == []


def test_who_flags_needs_a_statement_for_it(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("flags")
    rules = '[clean]\non_disconnected = "flag"\n'
    rules += '[[clean.rule]]\nkind = "subscription"\non_disconnected = "ignore"\n'
    with pytest.raises(ConfigInvalid, match="records of kind account; they need a statement flag"):
        load(shop.config(folder, clean=rules))
    assert load(shop.config(folder, clean=rules, flag=MARK)).clean is not None


async def test_a_stream_from_before_is_asked_to_carry_signals_too(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    wanted = (*WANTED, *SIGNALS)
    async with desk_of(clean=UNBIND) as desk:
        await Mailbox(desk.hub).poll()
        await Mailbox(desk.hub, wanted).poll()
    assert pretender.streams[0]["events_requested"] == [event.value for event in wanted]
