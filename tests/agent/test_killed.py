"""An agent that is killed at any moment ends, started again, with one change and one outcome."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.agent.pretender import Pretender
from tests.agent.process import Process, until
from tests.agent.shop import Shop

pytestmark = pytest.mark.anyio
# Starting a program takes a second, and here the kind of store makes no difference.
ON_SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
WAIT = timedelta(seconds=2)


@pytest.fixture
async def agent(shop: Shop, pretender: Pretender, tmp_path: Path) -> AsyncIterator[Process]:
    """Prepare an agent between a shop with one customer and the pretender; end it if a test does not."""
    shop.add(7, phone="13800138000", nickname="晚秋")
    process = Process(shop.config(tmp_path, hub=pretender.url))
    yield process
    if process.running.returncode is None:
        await process.kill()


@ON_SQLITE
async def test_killed_before_it_starts_means_only_later(
    agent: Process, pretender: Pretender, shop: Shop
) -> None:
    jti = pretender.order("ord_1", "account-7")
    await agent.start()
    await until(lambda: jti in pretender.confirmed)
    assert await agent.stop() == 0
    assert (pretender.told("ord_1"), shop.changes(7)) == (["fulfilled"], 1)


async def test_killed_while_the_store_is_busy(agent: Process, pretender: Pretender, shop: Shop) -> None:
    await agent.start()
    await until(lambda: pretender.polls)
    with shop.engine.connect() as busy:
        busy.execute(sa.text("update customer set nickname = 'busy' where id = 7"))
        jti = pretender.order("ord_1", "account-7")
        await asyncio.sleep(0.5)
        await agent.kill()
        busy.rollback()
    assert (pretender.told("ord_1"), shop.changes(7)) == ([], 0)
    await agent.start()
    await until(lambda: jti in pretender.confirmed)
    await agent.stop()
    # Told once from the ledger, and once more if the letter comes again before that: one change all the same.
    assert (set(pretender.told("ord_1")), shop.changes(7)) == ({"fulfilled"}, 1)


@pytest.mark.parametrize(("moment", "told"), [("/oauth", 0), ("/outcomes", 1), ("ack", 1)])
async def test_killed_between_the_store_and_the_hub(
    agent: Process, pretender: Pretender, shop: Shop, *, moment: str, told: int
) -> None:
    jti = pretender.order("ord_1", "account-7")
    pretender.hold = moment
    await agent.start()
    await asyncio.wait_for(pretender.held.wait(), 20)
    await agent.kill()
    assert (len(pretender.told("ord_1")), shop.changes(7)) == (told, told)
    pretender.hold = ""
    await agent.start()
    await until(lambda: jti in pretender.confirmed)
    await agent.stop()
    assert set(pretender.told("ord_1")) == {"fulfilled"}
    assert (shop.row(7)["phone"], shop.changes(7)) == (None, 1)


@ON_SQLITE
async def test_killed_while_an_order_waits(agent: Process, pretender: Pretender, shop: Shop) -> None:
    await agent.start()
    await until(lambda: pretender.polls)
    pretender.clock.at = datetime.now(UTC)
    jti = pretender.order("ord_1", "account-7", waits=WAIT)
    await until(lambda: jti in pretender.confirmed)
    await agent.kill()
    assert (pretender.told("ord_1"), shop.changes(7)) == (["accepted"], 0)
    await agent.start()
    await until(lambda: "fulfilled" in pretender.told("ord_1"))
    assert datetime.now(UTC) >= pretender.clock() + WAIT
    await agent.stop()
    assert shop.changes(7) == 1


@ON_SQLITE
async def test_a_hub_that_is_down_is_waited_for(agent: Process, pretender: Pretender, shop: Shop) -> None:
    pretender.troubles = [503] * 3
    jti = pretender.order("ord_1", "account-7")
    await agent.start()
    await until(lambda: jti in pretender.confirmed)
    assert await agent.stop() == 0
    assert "The hub says 503." in agent.written
    assert shop.changes(7) == 1


@ON_SQLITE
async def test_a_store_that_comes_back_is_gone_on_with(
    agent: Process, pretender: Pretender, shop: Shop
) -> None:
    await agent.start()
    await until(lambda: pretender.polls)
    shop.run("alter table customer rename to elsewhere")
    jtis = [pretender.ask(), pretender.order("ord_1", "account-7")]
    await asyncio.sleep(1)
    polls = len(pretender.polls)
    assert (pretender.confirmed, polls < 10) == ([], True)
    shop.run("alter table elsewhere rename to customer")
    await until(lambda: set(jtis) == set(pretender.confirmed))
    await agent.stop()
    assert (set(pretender.told("ord_1")), shop.row(7)["phone"]) == ({"fulfilled"}, None)


async def test_nothing_that_an_agent_writes_tells_whom_it_is_about(
    agent: Process, pretender: Pretender, shop: Shop
) -> None:
    pretender.refused["qry_2"] = "not_asked"
    letters = [
        pretender.ask(), pretender.ask("qry_2"), pretender.order("ord_1", "account-7"),
        pretender.order("ord_2", "nobody-7"), pretender.revoke("ord_3"), pretender.order("ord_4", "account-"),
    ]  # fmt: skip
    pretender.mailbox["set_bad"] = "bad"
    shop.run("alter table consent rename to elsewhere")
    await agent.start()
    assert await agent.ended() == 1
    shop.run("alter table elsewhere rename to consent")
    await agent.start()
    await until(lambda: set(letters) == set(pretender.confirmed))
    await agent.stop()
    secrets = ("138001", "138 001", "account-7", "nobody-7", "晚秋", "晚***", "token-1", "eyJ")
    assert [secret for secret in secrets if secret in agent.written] == []
    assert "agent:order:fulfilled" in agent.written
