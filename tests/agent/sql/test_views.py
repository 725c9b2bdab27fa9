"""A platform may show the agent views and no tables; each database counts their changes in its own way."""

import pytest

from jiebang.agent.connectors.contract import Effect
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

VIEW = "create view open_customer as select id, phone, nickname from customer where deleted_at is null"
INSTEAD = {
    "sqlite": (
        """create trigger free instead of update on open_customer begin
           update customer set phone = new.phone where id = old.id; end""",
    ),
    "postgresql": (
        """create function free() returns trigger language plpgsql as
           $$ begin update customer set phone = new.phone where id = old.id; return new; end $$""",
        """create trigger free instead of update on open_customer
           for each row execute function free()""",
    ),
}
THROUGH = {
    "find": "select id as handle, phone as number from open_customer where phone in :spellings",
    "verify": "select id as handle, phone as number from open_customer where id = :handle",
    "unbind": "update open_customer set phone = null where id = :handle and phone = :stored",
    "deregister": "update open_customer set phone = null where id = :handle and phone = :stored",
}
# SQLite does not count what a trigger did instead; it gives the rows back where it is asked to.
RETURNING = {name: THROUGH[name] + " returning id" for name in ("unbind", "deregister")}


async def unbound_through(shop: Shop, connected: Opener, **statements: str) -> None:
    """Take the number off one customer of two."""
    shop.add(7, phone="13800138000")
    shop.add(8, phone="13900139000")
    async with connected(**statements) as connector:
        await connector.check()
        [record] = (await connector.find(LINE)).records
        assert await connector.rehearse(record.handle, LINE) == ""
        assert await connector.unbind(record.handle, LINE) is Effect.DONE
        assert await connector.unbind(record.handle, LINE) is Effect.GONE
    assert (shop.row(7)["phone"], shop.changes(7)) == (None, 1)
    assert (shop.row(8)["phone"], shop.changes(8)) == ("13900139000", 0)


async def test_a_number_comes_off_through_a_view(shop: Shop, connected: Opener) -> None:
    shop.run(VIEW)
    if shop.engine.dialect.name == "sqlite":
        shop.run(INSTEAD["sqlite"][0])
    more = RETURNING if shop.engine.dialect.name == "sqlite" else {}
    await unbound_through(shop, connected, **THROUGH | more)


@pytest.mark.parametrize("shop", ["sqlite", "postgresql"], indirect=True)
async def test_a_number_comes_off_through_a_view_that_does_something_instead(
    shop: Shop, connected: Opener
) -> None:
    shop.run(VIEW)
    for statement in INSTEAD[shop.engine.dialect.name]:
        shop.run(statement)
    await unbound_through(shop, connected, **THROUGH | RETURNING)
