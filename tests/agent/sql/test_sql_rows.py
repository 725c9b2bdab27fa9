"""An SQL store: which rows are the record that is meant."""

import pytest
import sqlalchemy as sa

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import Ambiguous
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio


async def test_a_number_in_two_spellings_comes_off_in_both_or_in_neither(
    shop: Shop, connected: Opener
) -> None:
    for row, phone in enumerate(("13800138000", "138 0013 8000"), 2):
        shop.consent(row, phone)
    verify = "select phone as number from consent where id > :handle"
    for unbind, left in (
        ("delete from consent where id > :handle and phone = :stored and phone not like '% %'", 2),
        ("delete from consent where id > :handle and phone = :stored", 0),
    ):
        async with connected(verify=verify, unbind=unbind) as connector:
            if left:
                with pytest.raises(Ambiguous, match="changed 1 rows"):
                    await connector.unbind("account-1", LINE)
            else:
                assert await connector.unbind("account-1", LINE) is Effect.DONE
        with shop.engine.connect() as connection:
            assert connection.execute(sa.text("select count(*) from consent")).scalar_one() == left


async def test_a_row_of_another_name_is_not_the_record_that_was_asked_for(
    shop: Shop, connected: Opener
) -> None:
    shop.add(7, phone="13800138000", nickname="7")
    verify = "select id as handle, phone as number from customer where nickname like :handle"
    async with connected(verify=verify) as connector:
        assert await connector.holds("account-7", LINE)
        assert await connector.unbind("account-%", LINE) is Effect.GONE
    assert shop.changes(7) == 0
