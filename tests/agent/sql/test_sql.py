"""An SQL store: what is found is matched again, what is changed is one row, or nothing is."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import (
    Ambiguous,
    StoreDown,
    StoreRefuses,
    TooManyRecords,
    UnknownRecord,
    Unsound,
    Unsupported,
)
from jiebang.domain.binding import BoundSource
from jiebang.domain.number import Number
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio
LINE = Number("+8613800138000")
HOSTILE = "1' or '1'='1"


async def test_a_record_is_found_in_any_of_the_stores_spellings(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000", nickname="小明", created_at="2020-01-02")
    shop.add(8, phone="138 0013 8000")
    shop.consent(1, "+8613800138000")
    async with connected() as connector:
        found = await connector.find(LINE)
    assert {record.handle for record in found.records} == {"account-7", "account-8", "subscription-1"}
    assert found.strangers == 0


async def test_a_record_says_what_the_store_knows_and_no_more(shop: Shop, connected: Opener) -> None:
    shop.add(
        7, phone="13800138000", nickname="小明同学", created_at="2020-01-02 03:04:05", email="x@example.com"
    )
    async with connected() as connector:
        record = (await connector.find(LINE)).records[0]
    assert (record.label, record.other_logins, record.last_used) == ("小***", 1, None)
    assert record.bound.source is BoundSource.ACCOUNT_CREATED
    assert record.bound.at is not None
    assert record.bound.at.isoformat() == "2020-01-02T03:04:05+08:00"
    assert "account-7" not in repr(record)
    assert "小" not in repr(record)


async def test_tombstones_are_not_found(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000", deleted_at="2021-01-01")
    async with connected() as connector:
        assert (await connector.find(LINE)).records == ()


async def test_a_filter_that_lies_is_not_believed(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    everybody = "select id as handle, phone as number from customer where phone in :spellings or 1 = 1"
    async with connected(find=everybody) as connector:
        found = await connector.find(LINE)
    assert [record.handle for record in found.records] == ["account-7"]
    assert found.strangers == 1


async def test_the_same_digits_at_home_are_nobody_abroad(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="15123456789")
    shop.add(8, phone="+4915123456789")
    async with connected() as connector:
        at_home, abroad = (
            await connector.find(Number("+8615123456789")),
            await connector.find(Number("+4915123456789")),
        )
    assert [record.handle for record in at_home.records] == ["account-7"]
    assert ([record.handle for record in abroad.records], abroad.strangers) == (["account-8"], 0)


async def test_more_rows_than_a_number_can_have_are_refused(shop: Shop, connected: Opener) -> None:
    for row in range(2, 6):
        shop.consent(row, "13800138000")
    async with connected() as connector:
        with pytest.raises(TooManyRecords):
            await connector.find(LINE)


async def test_unbinding_takes_the_number_off_one_row(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="138 0013 8000", nickname="x")
    async with connected() as connector:
        assert await connector.unbind("account-7", LINE) is Effect.DONE
        assert not await connector.holds("account-7", LINE)
        assert await connector.unbind("account-7", LINE) is Effect.GONE
    assert (shop.row(7)["phone"], shop.row(7)["nickname"], shop.changes(7)) == (None, "x", 1)


async def test_deregistering_closes_one_account(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    async with connected() as connector:
        assert await connector.deregister("account-7", LINE) is Effect.DONE
        assert await connector.deregister("account-7", LINE) is Effect.GONE
    assert shop.row(7)["deleted_at"] == "2026-03-04T13:06:07+08:00"
    assert shop.changes(7) == 1


async def test_a_record_that_has_another_number_now_is_let_be(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13900139000")
    async with connected() as connector:
        assert await connector.unbind("account-7", LINE) is Effect.GONE
        assert await connector.deregister("account-7", LINE) is Effect.GONE
    assert (shop.row(7)["phone"], shop.changes(7)) == ("13900139000", 0)


@pytest.mark.parametrize(
    "unbind",
    [
        "update customer set phone = null where id = :handle or phone <> :stored",
        "update customer set phone = phone where id = :handle and phone = :stored",
        "update customer set phone = null where id = :handle and phone = :stored and 1 = 0",
    ],
)
async def test_a_change_of_any_other_than_one_row_is_not_kept(
    shop: Shop, connected: Opener, unbind: str
) -> None:
    shop.add(7, phone="13800138000")
    async with connected(unbind=unbind) as connector:
        with pytest.raises(Ambiguous, match="nothing was kept"):
            await connector.unbind("account-7", LINE)
    assert (shop.row(1)["phone"], shop.row(7)["phone"]) == ("13700137000", "13800138000")
    assert (shop.changes(1), shop.changes(7)) == (0, 0)


async def test_a_statement_that_hides_its_verb_is_rolled_back_too(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    hidden = "with x as (select 1) update customer set nickname = 'x' where id = :handle and phone = :stored"
    async with connected(unbind=hidden) as connector:
        with pytest.raises(StoreRefuses):
            await connector.unbind("account-7", LINE)
    assert shop.changes(7) == 0


async def test_a_verify_that_sees_two_rows_changes_nothing(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    twice = "select phone as number from customer where id = :handle union all select '13800138000'"
    async with connected(verify=twice) as connector:
        with pytest.raises(Ambiguous, match="more than one row"):
            await connector.unbind("account-7", LINE)
    assert shop.changes(7) == 0


async def test_two_writers_change_a_row_once(shop: Shop, connected: Opener) -> None:
    for row in range(10, 30):
        shop.add(row, phone=f"138001380{row}")
    async with connected() as one, connected() as other:
        for row in range(10, 30):
            line = Number(f"+86138001380{row}")
            effects = await asyncio.gather(
                *(connector.unbind(f"account-{row}", line) for connector in (one, other, one, other))
            )
            assert sorted(effects) == [Effect.DONE, Effect.GONE, Effect.GONE, Effect.GONE]
            assert shop.changes(row) == 1


@pytest.mark.parametrize(
    "handle", [f"account-{HOSTILE}", "account-7; drop table customer", "account-7 or 1=1"]
)
async def test_a_hostile_handle_is_only_a_parameter(shop: Shop, connected: Opener, handle: str) -> None:
    shop.add(7, phone="13800138000")
    async with connected() as connector:
        try:
            assert await connector.unbind(handle, LINE) is Effect.GONE
        except UnknownRecord:  # PostgreSQL does not compare it with an integer at all
            assert shop.engine.dialect.name == "postgresql"
    assert (shop.row(7)["phone"], shop.changes(7)) == ("13800138000", 0)


@pytest.mark.parametrize("stored", [HOSTILE, "13800138000' --", "138%", "_3800138000", ":spellings"])
async def test_hostile_values_in_the_store_are_only_values(
    shop: Shop, connected: Opener, stored: str
) -> None:
    shop.add(7, phone=stored, nickname=stored)
    async with connected() as connector:
        assert (await connector.find(LINE)).records == ()
    assert shop.row(7)["phone"] == stored


@pytest.mark.parametrize("handle", ["", "account", "account-", "person-7", "7"])
async def test_a_handle_of_no_kind_is_unknown(connected: Opener, handle: str) -> None:
    async with connected() as connector:
        with pytest.raises(UnknownRecord):
            await connector.unbind(handle, LINE)


@pytest.mark.parametrize("own_id", ["no-such-row", "7' or '1'='1", "9" * 40, "7\0"])
async def test_a_handle_that_no_row_can_have_is_unknown_or_gone(
    shop: Shop, connected: Opener, own_id: str
) -> None:
    shop.add(7, phone="13800138000")
    async with connected() as connector:
        # PostgreSQL cannot even compare it with a row's id; SQLite compares everything.
        with suppress(UnknownRecord):
            assert await connector.unbind(f"account-{own_id}", LINE) is Effect.GONE
    assert shop.row(7)["phone"] == "13800138000"


async def test_what_is_not_configured_is_unsupported(connected: Opener) -> None:
    async with connected() as connector:
        with pytest.raises(Unsupported):
            await connector.deregister("subscription-1", LINE)


async def test_a_rehearsal_changes_nothing(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    async with connected() as connector:
        assert await connector.rehearse("account-7", LINE) == ""
    assert (shop.row(7)["phone"], shop.changes(7)) == ("13800138000", 0)


async def test_a_store_that_is_down_is_down_and_tells_no_number(
    tmp_path: Path, clock: Clock, shop: Shop
) -> None:
    path = shop.config(tmp_path)
    text = path.read_text()
    url = next(line for line in text.splitlines() if line.startswith("url"))
    path.write_text(text.replace(url, 'url = "postgresql://nobody@127.0.0.1:1/none"'))
    async with opened(load(path), now=clock) as connector:
        with pytest.raises(StoreDown) as down:
            await connector.find(LINE)
    assert "138" not in f"{down.value!r} {down.value.__cause__!r}"


async def test_a_lock_that_is_held_too_long_is_not_half_a_change(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    async with connected() as connector:
        with shop.engine.connect() as other:
            other.execute(sa.text("update customer set nickname = 'busy' where id = 7"))
            with pytest.raises(StoreDown):
                await connector.unbind("account-7", LINE)
            other.rollback()
        assert await connector.unbind("account-7", LINE) is Effect.DONE
    assert shop.changes(7) == 1


async def test_statements_that_are_right_pass(connected: Opener) -> None:
    async with connected() as connector:
        await connector.check()


@pytest.mark.parametrize(
    ("name", "sql", "sentence"),
    [
        ("find", "select id as handle, phone as number from customer", "lacks the parameter :spellings."),
        ("unbind", "update customer set phone = null where id = :handle", "lacks the parameter :stored."),
        ("unbind", "delete from customer", "lacks the parameter :handle, :stored."),
        ("verify", "select phone as number from customer where id = :id", "lacks the parameter :handle."),
        ("unbind", "update customer set phone = :x where id = :handle and phone = :stored",
         "has a parameter that nobody fills: :x."),
        ("find", "select id as handle from customer where phone in :spellings", "lacks the column number."),
        ("find", "select 1 as handle, phone as number, 2 as seen from customer where phone in :spellings",
         "has a column that nobody reads: seen."),
        ("verify", "select phone from customer where id = :handle", "lacks the column number."),
        ("verify", "select cell as number from customer where id = :handle", "is not taken by the database"),
        ("find", "select 1 as handle, '1' as number where '1' in :spellings or 1 = 1",
         "finds rows where there can be none"),
        ("unbind", "update customer set phone = null where id = :handle or phone <> coalesce(:stored, '')",
         "changes rows where there can be none"),
    ],
)  # fmt: skip
async def test_a_statement_that_is_not_right_is_named(
    connected: Opener, shop: Shop, name: str, sql: str, sentence: str
) -> None:
    with pytest.raises(Unsound, match=f"The statement {name} of account {sentence}"):
        async with connected(**{name: sql}) as connector:
            await connector.check()
    assert shop.row(1)["phone"] == "13700137000"
