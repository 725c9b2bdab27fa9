"""How an agent stands is read from its ledger alone, and its metrics tell nobody's number."""

import re
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import generate_latest

from jiebang.agent.act import act_on_due
from jiebang.agent.config import Budget, load
from jiebang.agent.dispatch import deal_with
from jiebang.agent.ledger import KEPT
from jiebang.agent.loop import status
from jiebang.agent.mailbox import Mailbox
from jiebang.agent.metrics import registry, write
from jiebang.agent.spending import Kind
from jiebang.agent.status import read_status
from jiebang.agent.tallies import Fact, Tally
from jiebang.sandbox.program import free_port
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.process import Process, until
from tests.agent.shop import Shop
from tests.agent.turning import Clock
from tests.house.leaks import Secret, leaks, of_number
from tools.fill_docs import DOCS

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
ONE = "\n[budget]\nchanges_per_hour = 1\n"


@pytest.fixture
async def metered(shop: Shop, pretender: Pretender, tmp_path: Path) -> AsyncIterator[tuple[Process, int]]:
    """Run an agent that writes its metrics to a file and answers for them on a port."""
    shop.add(2, phone="13800138000", nickname="n")
    port = free_port()
    meters = f'\n[metrics]\nfile = "agent.prom"\nlisten = "127.0.0.1:{port}"\n'
    path = shop.config(tmp_path, hub=pretender.url, budget=ONE + meters)
    process = Process(path)
    await process.start()
    yield process, port
    await process.stop()


async def test_a_status_says_what_was_done_and_what_waits(
    shop: Shop, pretender: Pretender, clock: Clock, desk_of: DeskOpener
) -> None:
    shop.add(2, phone="13800138000")
    shop.add(3, phone="+8613800138000")
    pretender.ask()
    pretender.order("ord_1", "account-2")
    pretender.order("ord_2", "account-3")
    pretender.order("ord_3", "account-3", waits=timedelta(days=7))
    pretender.order("ord_4", "nothing-4")
    async with desk_of(budget="\n[budget]\nchanges_per_hour = 2\n") as desk:
        await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
        desk.tallies.flush()
        clock.turn(timedelta(minutes=3))
        found = read_status(desk.ledger, desk.budget, now=desk.now())
    assert (found.due, found.objections, found.held, found.untold) == (0, 1, 1, 0)
    assert found.lag == timedelta(minutes=3)
    assert (found.used[Kind.CHANGES], found.budget[Kind.CHANGES]) == (2, 2)
    assert found.totals[Tally.QUESTION, "answered"] == 1
    assert found.totals[Tally.BINDING, ""] == 2
    settled = {detail for what, detail in found.totals if what is Tally.ORDER}
    assert settled < {"unbind:fulfilled:done", "unbind:denied:no_match"} | {"unbind:fulfilled:gone"}


@ON_SQLITE
async def test_an_order_that_waits_for_the_store_is_late_and_one_for_its_owner_is_not(
    shop: Shop, pretender: Pretender, clock: Clock, desk_of: DeskOpener
) -> None:
    shop.add(2, phone="13800138000")
    pretender.order("ord_1", "account-2", waits=timedelta(hours=1))
    async with desk_of() as desk:
        await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
        shop.run("alter table customer rename to elsewhere")
        assert read_status(desk.ledger, Budget(), now=desk.now()).lag == timedelta(0)
        clock.turn(timedelta(hours=3))
        await act_on_due(desk)
        late = read_status(desk.ledger, Budget(), now=desk.now())
    assert (late.due, late.objections, late.lag) == (1, 0, timedelta(hours=2))


@ON_SQLITE
async def test_metrics_are_written_and_answered_for_and_name_nobody(
    pretender: Pretender, metered: tuple[Process, int], tmp_path: Path
) -> None:
    pretender.ask("qry_secret1")
    pretender.order("ord_secret1", "account-2")
    pretender.order("ord_secret2", "account-2")
    await until(lambda: pretender.told("ord_secret2") and pretender.told("ord_secret1"))
    await until(lambda: _file(tmp_path))
    address = f"http://127.0.0.1:{metered[1]}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        served = await answer.text()
    assert 'jiebang_agent_waiting{why="budget"} 1.0' in served
    assert "jiebang_agent_canary_failures 0.0" in served
    assert 'jiebang_agent_budget_limit{what="changes"} 1.0' in served
    secrets = [*of_number("+8613800138000"), *(Secret("id", one) for one in ("secret", "account-2"))]
    lines = [("metric", line) for line in (served + _file(tmp_path)).splitlines()]
    assert list(leaks(lines, secrets)) == []


def _file(folder: Path) -> str:
    path = folder / "agent.prom"
    return path.read_text() if path.exists() else ""


@ON_SQLITE
async def test_status_and_release_work_beside_the_agent_and_after_it(
    shop: Shop, pretender: Pretender, tmp_path: Path
) -> None:
    shop.add(2, phone="13800138000")
    shop.add(3, phone="+8613800138000")
    config = shop.config(tmp_path, hub=pretender.url, budget=ONE)
    agent = Process(config)
    await agent.start()
    for order_id, handle in (("ord_1", "account-2"), ("ord_2", "account-3")):
        pretender.order(order_id, handle)
    await until(lambda: pretender.told("ord_2") and pretender.told("ord_1"))
    await until(lambda: Fact.POLLED in status(load(config)).last)
    assert "1 orders and 0 signals" in await _said(config, "status")
    assert "Released: 1 orders" in await _said(config, "release")
    await until(lambda: pretender.told("ord_1")[-1] == pretender.told("ord_2")[-1] == "fulfilled")
    await agent.stop()
    after = await _said(config, "status")
    assert re.search(r"orders unbind, fulfilled, done +2", after)
    assert "0 orders and" not in after


async def _said(config: Path, command: str) -> str:
    process = Process(config, command)
    await process.start()
    assert await process.ended() == 0
    return process.written


@ON_SQLITE
async def test_an_agent_that_never_ran_has_no_status(shop: Shop, tmp_path: Path) -> None:
    process = Process(shop.config(tmp_path), "status")
    await process.start()
    assert await process.ended() == 1
    assert "the agent never ran" in process.written.replace("\n", " ")
    assert not (tmp_path / "ledger.db").exists()


@ON_SQLITE
async def test_what_is_settled_is_forgotten_in_time_and_what_is_open_never(
    shop: Shop, pretender: Pretender, clock: Clock, desk_of: DeskOpener
) -> None:
    shop.add(2, phone="13800138000")
    pretender.order("ord_done", "account-2")
    pretender.revoke("ord_ended")
    pretender.order("ord_waits", "account-2", waits=KEPT * 3)
    async with desk_of() as desk:
        await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
        for passed, kept in ((KEPT, 3), (timedelta(seconds=1), 1)):
            clock.turn(passed)
            desk.ledger.sweep(desk.now())
            with desk.ledger.engine.connect() as connection:
                rows = connection.exec_driver_sql("select id from orders order by id").all()
            assert (len(rows), rows[-1].id) == (kept, "ord_waits")


@ON_SQLITE
async def test_what_is_erased_from_the_ledger_is_not_in_its_file(
    shop: Shop, pretender: Pretender, desk_of: DeskOpener, tmp_path: Path
) -> None:
    shop.add(2, phone="13800138000")
    pretender.order("ord_1", "account-2")
    async with desk_of() as desk:
        await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    kept = (tmp_path / "ledger.db").read_bytes()
    assert b"ord_1" in kept
    assert (b"13800138000" in kept, b"account-2" in kept) == (False, False)


@ON_SQLITE
async def test_a_metrics_file_is_for_others_to_read(
    desk_of: DeskOpener, clock: Clock, tmp_path: Path
) -> None:
    async with desk_of() as desk:
        measured = registry(lambda: read_status(desk.ledger, desk.budget, now=clock()))
        write(measured, tmp_path / "agent.prom")
    assert stat.S_IMODE((tmp_path / "agent.prom").stat().st_mode) & stat.S_IRGRP
    assert "jiebang_agent_lag_seconds 0.0" in (tmp_path / "agent.prom").read_text()


@ON_SQLITE
async def test_every_metric_is_told(desk_of: DeskOpener, clock: Clock) -> None:
    async with desk_of() as desk:
        for fact in Fact:
            desk.tallies.happened(fact, clock())
        desk.tallies.flush()
        measured = registry(lambda: read_status(desk.ledger, desk.budget, now=clock()))
        given = {
            line.split()[2] for line in generate_latest(measured).decode().splitlines() if "# HELP" in line
        }
    told = set(re.findall(r"`(jiebang_agent_\w+)`", (DOCS / "run/agent.md").read_text()))
    assert told == given
