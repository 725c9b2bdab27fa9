"""One account may have one number in several rows: it is one record, as long as they say the same of it."""

import pytest

from jiebang.agent.connectors.contract import Effect, Lister
from jiebang.agent.errors import Ambiguous
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

FIND = (
    "select c.id as handle, p.phone as number, c.nickname as label, {} as bound_at"
    " from customer c join contact p on p.customer = c.id where p.phone in :spellings"
)
LISTED = {
    "verify": "select customer as handle, phone as number from contact where customer = :handle",
    "unbind": "delete from contact where customer = :handle and phone = :stored",
    "deregister": "delete from contact where customer = :handle and phone = :stored",
}


@pytest.fixture(autouse=True)
def customers(shop: Shop) -> None:
    """Register one customer with one number twice, in two spellings, and another with it once."""
    shop.run("create table contact (customer integer, phone varchar(40), since varchar(40))")
    shop.add(7, nickname="李雷")
    shop.add(8, nickname="韩梅")
    for row in ("7, '13800138000', '2020-01-01'", "7, '+8613800138000', '2021-01-01'",
                "8, '13800138000', '2022-01-01'", "7, '13900139000', null"):  # fmt: skip
        shop.run(f"insert into contact values ({row})")  # noqa: S608 - a test's own words


async def test_it_is_one_record_and_the_number_comes_off_in_both_places(
    shop: Shop, connected: Opener
) -> None:
    async with connected(find=FIND.format("null"), **LISTED) as connector:
        await connector.check()
        found = await connector.find(LINE)
        assert ([one.handle for one in found.records], found.strangers) == (["account-7", "account-8"], 0)
        assert await connector.rehearse("account-7", LINE) == ""
        assert await connector.unbind("account-7", LINE) is Effect.DONE
        assert [one.handle for one in (await connector.find(LINE)).records] == ["account-8"]
    with shop.engine.connect() as connection:
        left = connection.exec_driver_sql("select phone from contact where customer = 7").scalars().all()
    assert left == ["13900139000"]


async def test_rows_that_differ_are_not_answered_and_what_to_write_is_said(
    shop: Shop, connected: Opener
) -> None:
    async with connected(find=FIND.format("p.since"), **LISTED) as connector:
        with pytest.raises(Ambiguous, match="find of account gives one record in rows that differ; group by"):
            await connector.find(LINE)
    once = FIND.format("min(p.since)").replace("p.phone as", "min(p.phone) as") + " group by c.id, c.nickname"
    async with connected(find=once, **LISTED) as connector:
        records = (await connector.find(LINE)).records
    assert {one.handle: str(one.bound.at)[:10] for one in records} == {
        "account-7": "2020-01-01", "account-8": "2022-01-01",
    }  # fmt: skip
    assert shop.changes(7) == 0


@pytest.mark.parametrize("since", ["null", "p.since"])
async def test_a_record_that_is_read_for_an_index_is_one_as_well(connected: Opener, since: str) -> None:
    reads = FIND.format(since).replace("p.phone in :spellings", "c.id = :handle")
    lists = "select customer as handle, phone as number, customer as mark from contact where customer > :mark"
    more = f'list_from = ["0"]\nlist = "{lists} order by customer limit :most"\nread = "{reads}'
    async with connected(find=f'{FIND.format(since)}"\n{more}', **LISTED) as connector:
        assert isinstance(connector, Lister)
        if since == "null":
            record = await connector.read("account-7", LINE)
            assert record is not None
            assert record.handle == "account-7"
        else:
            with pytest.raises(Ambiguous, match="read of account gives one record in rows that differ"):
                await connector.read("account-7", LINE)
