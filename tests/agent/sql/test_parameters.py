"""Nothing but parameters ever reaches a query: whatever hub and store say, the statements are the same."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine.interfaces import DBAPICursor

from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.connectors.sql.connector import SqlConnector
from jiebang.agent.errors import StoreTrouble
from jiebang.domain.number import Number, parse
from tests.agent.shop import CANARY, Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

ABROAD = Number("+4915123456789")
FLAG = "update customer set nickname = 'seen' where id = :handle and phone = :stored"
hostile = st.text(
    st.sampled_from("'\"`\\;%_*()&|<>=,+-/?#:@$ \0\n\r\x1a07aeorOR") | st.characters(), max_size=30
) | st.sampled_from(
    [
        "7' or '1'='1", "7; drop table customer; --", "7\\' or 1=1 #", "7 union select phone from customer",
        ":stored", "%(handle)s", "%s", "?", "$1", "7\uff07 or 1=1", "\xbf' or 1=1 --", "/**/", "x'37'",
    ]
)  # fmt: skip
numbers = st.integers(10**8, 10**9 - 1).map(lambda line: Number(f"+8613{line}")) | st.sampled_from(
    [parse("+16502530000"), parse("+442083661177"), parse("+390236618300"), parse("+861059601234")]
)
several = settings(max_examples=40)


@contextmanager
def said_to(connector: Connector) -> Iterator[set[str]]:
    """Collect the statements as the driver is given them, beside their parameters."""
    assert isinstance(connector, SqlConnector)
    said: set[str] = set()

    @sa.event.listens_for(connector.database.engine, "before_cursor_execute")
    def _hear(_line: sa.Connection, _cursor: DBAPICursor, statement: str, *_more: object) -> None:
        said.add(statement)

    yield said
    sa.event.remove(connector.database.engine, "before_cursor_execute", _hear)


async def ask_everything(connector: Connector, handle: str, number: Number) -> set[Effect]:
    """Do whatever a hub can make the agent do."""
    effects: set[Effect] = set()
    with suppress(StoreTrouble):
        await connector.find(number)
    for change in (connector.unbind, connector.deregister, connector.flag):
        with suppress(StoreTrouble):
            effects.add(await change(handle, number))
    with suppress(StoreTrouble):
        await connector.holds(handle, number)
    return effects


async def usual_words(connector: Connector) -> set[str]:
    """Collect the statements that are said of records that nobody could object to."""
    with said_to(connector) as usual:
        for handle in ("account-999", "subscription-999"):
            # A number abroad is searched for in fewer spellings, each of which is a parameter.
            for number in (LINE, ABROAD):
                await ask_everything(connector, handle, number)
        for record in (await connector.find(Number(CANARY))).records:
            await connector.rehearse(record.handle, Number(CANARY))
    return usual


@several
@given(handle=hostile, kind=st.sampled_from(["account-", "account-1", "subscription-", ""]), number=numbers)
async def test_no_handle_and_no_number_is_ever_part_of_a_statement(
    shop: Shop, connected: Opener, *, handle: str, kind: str, number: Number
) -> None:
    async with connected(flag=FLAG) as connector:
        usual = await usual_words(connector)
        with said_to(connector) as said:
            effects = await ask_everything(connector, kind + handle, number)
            effects |= await ask_everything(connector, kind + handle + "'", Number(CANARY))
    assert said <= usual
    assert effects <= {Effect.GONE}
    assert (shop.row(1)["phone"], shop.changes(1)) == ("13700137000", 0)


@several
@given(pieces=st.lists(st.text("'\"`\\\\;%_*()-/.:?$# x０ａ", max_size=5), min_size=4, max_size=4))
async def test_no_value_of_the_store_is_ever_part_of_a_statement(
    shop: Shop, connected: Opener, pieces: list[str]
) -> None:
    first, second, third, last = pieces
    stored = f"{first}138{second}0013{third}8000{last}"
    shop.run("delete from customer where id = 7")
    shop.add(7, phone=stored, nickname=stored)
    before = shop.changes(7)
    async with connected(flag=FLAG) as connector:
        usual = await usual_words(connector)
        same = await connector.holds("account-7", LINE)
        with said_to(connector) as said:
            effect = await connector.unbind("account-7", LINE)
    assert said <= usual
    assert effect is (Effect.DONE if same else Effect.GONE)
    assert (shop.row(7)["phone"], shop.changes(7) - before) == ((None, 1) if same else (stored, 0))
