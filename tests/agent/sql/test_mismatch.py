"""Statements that do not go with what the store has: what is wrong is said, and nothing is changed."""

import pytest

from jiebang.agent.errors import Ambiguous, Unsound
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_down import PHONE, SERVED, turn
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

BINARY = {
    "sqlite": "cast(id as blob)", "postgresql": "decode(lpad(id::text, 4, '0'), 'hex')",
    "mariadb": "cast(id as binary)",
}  # fmt: skip


@pytest.mark.parametrize("shop", SERVED, indirect=True)
async def test_a_statement_that_cannot_be_carried_out_with_a_records_values_makes_orders_wait(
    shop: Shop, desk_of: DeskOpener, pretender: Pretender
) -> None:
    shop.add(7, phone=PHONE)
    jti = pretender.order("ord_1", "account-7")
    by_nought = STATEMENTS["unbind"].replace("set ", "set nickname = cast(1 / (id - 7) as char(9)), ")
    async with desk_of(unbind=by_nought) as desk:
        done, why = await turn(desk)
    assert (done, "The statement unbind of account does not go with the values" in why) == ([], True)
    assert (shop.row(7)["phone"], pretender.told("ord_1")) == (PHONE, [])
    async with desk_of() as desk:
        assert await turn(desk) == ([jti], "")


async def test_ids_that_are_no_text_are_refused_in_words(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone=PHONE)
    find = STATEMENTS["find"].replace("id as handle", f"{BINARY[shop.engine.dialect.name]} as handle")
    async with connected(find=find) as connector:
        with pytest.raises(Unsound, match=r"The statement find of account gives ids that are no text: lower"):
            await connector.find(LINE)


async def test_logins_that_were_summed_up_are_counted(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone=PHONE, email="7@mail.example")
    find = (
        "select id as handle, phone as number, sum(case when email is null then 0 else 1 end) as other_logins"
        " from customer where phone in :spellings group by id, phone"
    )
    async with connected(find=find) as connector:
        [record] = (await connector.find(LINE)).records
    assert record.other_logins == 1


async def test_a_record_that_find_finds_and_verify_does_not_is_named_as_that(
    shop: Shop, connected: Opener
) -> None:
    shop.add(7, phone=PHONE, deleted_at="2026-01-01")
    async with connected(find=STATEMENTS["find"].replace(" and deleted_at is null", "")) as connector:
        [record] = (await connector.find(LINE)).records
        with pytest.raises(Ambiguous, match="verify of account does not see the number where find"):
            await connector.rehearse(record.handle, LINE)


@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("shop")
async def test_where_a_list_cannot_begin_the_statement_is_named(connected: Opener) -> None:
    reads = STATEMENTS["find"].replace("phone in :spellings", "id = :handle")
    lists = (
        "select id as handle, phone as number, id as mark from customer where id > cast(:mark as integer)"
        " order by id limit :most"
    )
    more = f'list_from = ["a"]\nlist = "{lists}"\nread = "{reads}'
    async with connected(find=f'{STATEMENTS["find"]}"\n{more}') as connector:
        with pytest.raises(Unsound, match="The statement list of account is not taken by the database"):
            await connector.check()
