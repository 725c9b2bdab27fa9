"""Accounts of one's own: closed after a cooling-off, or taken back in time; and an owner who objects."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from jiebang.domain.letter import Event
from jiebang.sandbox import carrier
from jiebang.sandbox.holder import Holder
from jiebang.sandbox.program import free_port, until
from jiebang.sandbox.story import ago, local, prove
from jiebang.sandbox.web import Door
from jiebang.sandbox.world import IDENTITY, SHOP, World
from tests.stories.proxy import Proxy
from tests.stories.stage import watched

NUMBER = "+8613600300111"
YEAR = timedelta(days=365)
WORDS = "这是我一直在用的账号。"


def own_account(world: World) -> tuple[Holder, int]:
    """Let somebody have an account at the shop, on a number that was never anybody else's."""
    row = world.shop.sign_up(local(NUMBER), "知远", since=ago(1), balance_fen=1240)
    world.load(carrier.fresh(NUMBER, since=datetime.now(UTC) - 3 * YEAR))
    holder = Holder(world.public_url)
    prove(holder, world, number=NUMBER)
    holder.ask([SHOP])
    [card] = holder.await_answers()
    assert card.origin == "own"
    holder.deregister(card)
    return holder, row


def heard(proxy: Proxy, event: Event) -> int:
    """Count how often platforms were handed such a letter."""
    return sum(event in letter["events"] for passing in proxy.seen for letter in passing.letters())


def reminders(world: World) -> list[str]:
    """List what was sent to the number that is no code."""
    return [text.text for text in world.gateway.texts if text.to == NUMBER and not text.code]


def test_a_closing_that_is_taken_back_in_time_never_leaves(tmp_path: Path, database_url: str) -> None:
    policy = {"cooling_off": "PT6S", "remind_before": "PT1S"}
    with watched(tmp_path / "world", database_url=database_url, policy=policy) as (world, proxy):
        holder, row = own_account(world)
        [order] = holder.orders()
        holder.revoke(order.order)
        assert [one.state for one in holder.orders()] == ["revoked"]
        time.sleep(8)
        assert heard(proxy, Event.BINDINGS_ASKED) == 1
        assert heard(proxy, Event.DEREGISTER_ORDERED) + heard(proxy, Event.ORDER_REVOKED) == 0
        assert (world.shop.changes(row), reminders(world)) == (0, [])


def test_a_closing_that_nobody_takes_back_takes_effect(tmp_path: Path, database_url: str) -> None:
    policy = {"cooling_off": "PT3S"}
    with watched(tmp_path / "world", database_url=database_url, policy=policy) as (world, proxy):
        holder, row = own_account(world)
        [reminder] = until("the holder is reminded", lambda: reminders(world) or None)
        assert ("青鸟商城" in reminder, f"{world.public_url}/orders" in reminder) == (True, True)
        assert world.shop.changes(row) == 0
        assert [order.state for order in holder.await_orders(1)] == ["verified"]
        assert heard(proxy, Event.DEREGISTER_ORDERED) == 1
        account = world.shop.account(row)
        assert (account["phone"], bool(account["deleted_at"])) == (None, True)


@contextmanager
def front_desk() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run a platform's own desk, which tells owners; it is away when it is first asked."""
    told: list[dict[str, Any]] = []
    away = [503]

    async def take(request: web.Request) -> web.Response:
        if away:
            return web.Response(status=away.pop())
        told.append(json.loads(await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/owners", take)
    desk = Door(app, port=free_port())
    desk.open()
    try:
        yield f"{desk.url}/owners", told
    finally:
        desk.close()


def call_not_mine(world: World) -> tuple[Holder, str, str]:
    """Have the holder say "not mine" of what nobody can tell; gives the account and the order."""
    account = world.identity.sign_up(NUMBER, "林晚秋", login="wanqiu")
    now = datetime.now(UTC)
    world.load(carrier.recycled(NUMBER, first_on=now - 9 * YEAR, again_at=now))
    holder = Holder(world.public_url)
    prove(holder, world, number=NUMBER)
    holder.ask([IDENTITY])
    [card] = holder.await_answers()
    holder.let_go(card)
    return holder, account, holder.orders()[0].order


def test_an_owner_who_objects_keeps_the_number_and_the_holder_reads_why(
    tmp_path: Path, database_url: str
) -> None:
    directory, policy = tmp_path / "world", {"objection": "PT5M"}
    with front_desk() as (address, told):
        more = {"identity": f'\n[objection]\nnotify = "{address}"\n'}
        with watched(directory, database_url=database_url, more=more, policy=policy) as (world, _):
            holder, account, order = call_not_mine(world)
            before = world.identity.account(account)
            [notice] = until("the owner is told", lambda: list(told) or None)
            assert (notice["order_id"], notice["handle"]) == (order, f"account-{account}")
            config = str(directory / "identity/agent.toml")
            assert "is written down" in world.command("agent", "object", config, order, "--words", WORDS)
            assert [one.state for one in holder.await_orders(1)] == ["denied"]
            reasons = [part.text for part in holder.page.having("class") if "reason" in str(part.attributes)]
            assert WORDS in " ".join(reasons)
            assert before["phoneNumbers"]
            assert world.identity.account(account) == before
