"""A store that begins to lie while an agent runs: nothing is answered or done, and people are alarmed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from jiebang.agent.act import act_on_due
from jiebang.agent.clean import clean_on_due
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.desk import Desk
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger
from jiebang.agent.tallies import Fact, Last
from jiebang.agent.watch import AGAIN, EVERY, Watch
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.agent.test_orders import turn
from tests.agent.test_scim_liars import ANOTHER, HEAD, found
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim
from tests.systems.liar import Liar, Said, Truth, honest, only, status

pytestmark = pytest.mark.anyio
LINE = Number("+8613800177001")
CLEAN = '\n[clean]\non_disconnected = "unbind"\n'

DeskOpener = Callable[[], AbstractAsyncContextManager[Desk]]


@pytest.fixture
async def liar(django_scim: DjangoScim) -> AsyncIterator[Liar]:
    """Stand in front of the site, honestly until a test says otherwise."""
    async with Liar(django_scim.url) as liar:
        yield liar


@pytest.fixture
def desk_of(
    liar: Liar,
    django_scim: DjangoScim,
    hub: Hub,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> DeskOpener:
    """Lay out a desk with a watch, between the liar and the pretender."""
    for name, value in django_scim.secrets().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "agent.toml").write_text(HEAD + CLEAN + django_scim.connector(liar.url))

    @asynccontextmanager
    async def _open() -> AsyncIterator[Desk]:
        config, ledger = load(tmp_path / "agent.toml"), Ledger(tmp_path / "ledger.db")
        async with opened(config, now=clock) as connector:
            watch = Watch(config, connector, now=clock)
            yield Desk(
                hub=hub, connector=connector, ledger=ledger, now=clock, clean=config.clean,
                canary=config.canary, watch=watch,
            )  # fmt: skip
        ledger.close()

    return _open


async def test_a_filter_that_finds_nobody_any_more_answers_nobody(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar, clock: Clock, django_scim: DjangoScim
) -> None:
    handle = django_scim.add(LINE.e164)
    async with desk_of() as desk:
        pretender.ask("qry_1", LINE)
        await turn(desk)
        liar.lie = found()
        clock.turn(EVERY)
        pretender.ask("qry_2", LINE)
        with capture_logs() as lines:
            await turn(desk)
            await turn(desk)
        assert [answer["query_id"] for answer in pretender.answers] == ["qry_1"]
        liar.lie = honest
        clock.turn(AGAIN)
        await turn(desk)
    alarms = [line for line in lines if line["event"] == "agent:store:alarm"]
    assert [line["log_level"] for line in alarms] == ["error"]
    assert "Nothing has the canary's number" in alarms[0]["why"]
    assert [said["bindings"][0]["handle"] for said in pretender.answers] == [handle, handle]


async def test_orders_and_signals_wait_while_a_store_is_not_believed(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar, clock: Clock, django_scim: DjangoScim
) -> None:
    number = Number("+8613800177002")
    handle = django_scim.add(number.e164)
    before = django_scim.snapshot()
    async with desk_of() as desk:
        liar.lie = found()
        jti = pretender.order("ord_1", handle)
        pretender.signal(number=Number("+8613800177003"))
        await turn(desk)
        await act_on_due(desk)
        await clean_on_due(desk)
        assert (pretender.outcomes, pretender.clearances, pretender.confirmed) == ([], [], [])
        assert django_scim.snapshot() == before
        liar.lie = honest
        clock.turn(AGAIN)
        await turn(desk)
    assert pretender.told("ord_1") == ["fulfilled"]
    assert len(pretender.clearances) == 1
    assert jti in pretender.confirmed


async def test_when_a_store_is_believed_again_all_that_waits_for_it_is_tried_at_once(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar, clock: Clock, django_scim: DjangoScim
) -> None:
    number = Number("+8613800177004")
    pretender.order("ord_1", django_scim.add(number.e164), number=number)
    async with desk_of() as desk:
        liar.lie = only(status(500), method="PATCH")
        for _ in range(9):
            clock.turn(timedelta(minutes=5))
            await turn(desk)
        liar.lie = status(500)
        assert not await desk.believes(doubt=True)
        liar.lie = honest
        clock.turn(AGAIN)
        assert await desk.believes()
        await turn(desk)
    assert pretender.told("ord_1")[-1] == "fulfilled"


async def test_a_stranger_makes_the_agent_look_at_the_canary_at_once(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar
) -> None:
    async with desk_of() as desk:
        assert await desk.believes()
        liar.lie = found(ANOTHER)
        pretender.ask("qry_1", LINE)
        with capture_logs() as lines:
            await turn(desk)
    assert pretender.answers == []
    assert {"agent:store:filter-lies", "agent:store:alarm"} <= {line["event"] for line in lines}


async def test_nor_is_a_signal_told_of_when_a_stranger_comes_instead(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar, django_scim: DjangoScim
) -> None:
    django_scim.add(LINE.e164)
    async with desk_of() as desk:
        assert await desk.believes()
        liar.lie = found(ANOTHER)
        pretender.signal(number=LINE)
        with capture_logs() as lines:
            await turn(desk)
    assert (pretender.clearances, pretender.confirmed) == ([], [])
    assert {"agent:store:filter-lies", "agent:store:alarm"} <= {line["event"] for line in lines}


async def test_a_signal_waits_for_a_store_that_does_not_answer_for_a_moment(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar, django_scim: DjangoScim
) -> None:
    django_scim.add(LINE.e164)
    async with desk_of() as desk:
        assert await desk.believes()
        liar.lie = status(404)
        jti = pretender.signal(number=LINE)
        dealt = await turn(desk)
        assert (dealt.done, dealt.complaints, pretender.clearances) == ([], {}, [])
        liar.lie = honest
        await turn(desk)
    assert (len(pretender.clearances), pretender.confirmed) == (1, [jti])


async def test_an_honest_stranger_holds_nothing_up(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar
) -> None:
    async def _stranger(request: web.Request, truth: Truth) -> Said:
        asked = (await request.text()) if request.path.endswith(".search") else ""
        return await (found(ANOTHER) if LINE.e164 in asked else honest)(request, truth)

    liar.lie = _stranger
    async with desk_of() as desk:
        pretender.ask("qry_1", LINE)
        await turn(desk)
    assert [answer["bindings"] for answer in pretender.answers] == [[]]


async def test_a_store_that_is_down_is_no_liar(desk_of: DeskOpener, liar: Liar, clock: Clock) -> None:
    async with desk_of() as desk:
        liar.lie = status(503)
        with capture_logs() as lines:
            assert not await desk.believes()
        liar.lie = honest
        assert not await desk.believes()
        clock.turn(AGAIN)
        assert await desk.believes()
    assert [(line["event"], line["log_level"]) for line in lines] == [("agent:store:down", "warning")]


async def test_the_canary_is_looked_up_every_so_often_and_not_more(
    desk_of: DeskOpener, liar: Liar, clock: Clock
) -> None:
    async with desk_of() as desk:
        assert await desk.believes()
        once = len(liar.heard)
        clock.turn(EVERY - timedelta(seconds=1))
        assert await desk.believes()
        assert len(liar.heard) == once
        clock.turn(timedelta(seconds=1))
        assert await desk.believes()
        assert len(liar.heard) == once * 2


async def test_the_last_proof_stands_in_the_ledger(desk_of: DeskOpener, liar: Liar, clock: Clock) -> None:
    first = clock()
    async with desk_of() as desk:
        await desk.believes()
        liar.lie = found()
        clock.turn(EVERY)
        await desk.believes()
        desk.tallies.flush()
        assert desk.tallies.last()[Fact.CANARY] == Last(first + EVERY, 1)
        assert desk.watch is not None
        assert "canary" in str(desk.watch.why)
        assert "137" not in str(desk.watch.why)


async def test_a_change_that_did_nothing_is_denied_and_raises_an_alarm(
    desk_of: DeskOpener, pretender: Pretender, liar: Liar, django_scim: DjangoScim
) -> None:
    handle = django_scim.add("+8613800138000")
    before = django_scim.snapshot()
    async with desk_of() as desk:
        liar.lie = only(status(204), method="PATCH")
        pretender.order("ord_9", handle)
        with capture_logs() as lines:
            await turn(desk)
    assert [(said["outcome"], said["reason"]) for said in pretender.outcomes] == [("denied", "other")]
    assert django_scim.snapshot() == before
    assert "agent:store:alarm" in [line["event"] for line in lines]
