"""Nothing but parameters ever reaches a query: whatever the hub or the store says, the statements are the same."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine.interfaces import DBAPICursor

from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.connectors.sql.connector import SqlConnector
from jiebang.agent.errors import StoreTrouble
from jiebang.domain.number import Number, parse
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

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
several = settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


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


async def test_no_handle_and_no_number_is_ever_part_of_a_statement(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000")
    async with connected(flag=FLAG) as connector:
        with said_to(connector) as usual:
            for kind in ("account", "subscription"):
                await ask_everything(connector, f"{kind}-999", LINE)
                await connector.rehearse("account-7", LINE)

        @several
        @given(
            handle=hostile,
            kind=st.sampled_from(["account-", "account-7", "subscription-", ""]),
            number=numbers,
        )
        async def _whatever_it_says(handle: str, kind: str, number: Number) -> None:
            with said_to(connector) as said:
                effects = await ask_everything(connector, kind + handle, number)
            assert said <= usual
            assert effects <= {Effect.GONE}

        await _whatever_it_says()
    assert (shop.row(7)["phone"], shop.changes(7), shop.changes(1)) == ("13800138000", 0, 0)


async def test_no_value_of_the_store_is_ever_part_of_a_statement(shop: Shop, connected: Opener) -> None:
    shop.add(7, phone="13800138000", nickname="x")
    verify = "select id as handle, phone as number, nickname as place from customer where id = :handle"
