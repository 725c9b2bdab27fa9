"""What happens side by side: orders of one record never do, and an index is as sure as it was when asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.desk import Desk
from jiebang.agent.hub import Hub
from jiebang.agent.index.connector import IndexedConnector
from jiebang.agent.index.part import Index
from jiebang.agent.ledger import Ledger
from jiebang.domain.number import Number
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.scim_server import TOKEN, ScimServer
from tests.agent.test_orders import turn
from tests.agent.turning import Clock
from tests.systems.liar import Liar, Said, Truth, honest

pytestmark = pytest.mark.anyio
CANARY, LINE = Number("+8613700137444"), Number("+8613800138444")
MATCHING = Matching(spellings=("e164",), region="CN", most=20)


@pytest.fixture
async def liar(scim: ScimServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Liar]:
    """Stand in front of a server."""
    monkeypatch.setenv("TEST_SCIM_TOKEN", TOKEN)
    async with Liar(scim.url) as liar:
        yield liar


@pytest.fixture
async def connector(liar: Liar, clock: Clock) -> AsyncIterator[ScimConnector]:
    """Open a connector to it."""
    said = {"type": "scim", "url": liar.url, "bearer_token_env": "TEST_SCIM_TOKEN", "find": "pages"}
    connector = ScimConnector(ScimStore.model_validate(said), MATCHING, now=clock)
    yield connector
    await connector.close()


@pytest.fixture
def desk(hub: Hub, connector: ScimConnector, clock: Clock, tmp_path: Path) -> Iterator[Desk]:
    """Open a desk before that store."""
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        yield Desk(hub=hub, connector=connector, ledger=ledger, now=clock)


@pytest.mark.parametrize("records", [1, 3])
async def test_orders_of_one_record_are_acted_on_one_after_another_and_others_side_by_side(
    desk: Desk, pretender: Pretender, scim: ScimServer, liar: Liar, records: int
) -> None:
    inside: list[int] = [0]

    async def _counted(_request: web.Request, truth: Truth) -> Said:
        inside.append(inside[-1] + 1)
        await asyncio.sleep(0.05)
        said = await truth()
        inside.append(inside[-1] - 1)
        return said

    handles = [scim.add(f"beside-{records}-{at}", NUMBER.e164) for at in range(records)]
    for at in range(3):
        pretender.order(f"ord_{at}", handles[at % records])
    liar.lie = _counted
    await turn(desk)
    assert (len(pretender.outcomes), max(inside)) == (3, records)


async def test_an_index_that_becomes_fresh_while_a_question_is_answered_makes_the_answer_no_surer(
    scim: ScimServer, liar: Liar, connector: ScimConnector, clock: Clock, tmp_path: Path
) -> None:
    index = Index.model_validate({"file": "index.db", "key_file": "index-key"}, context={"folder": tmp_path})
    indexed = IndexedConnector(connector, index, matching=MATCHING, source="this", canary=CANARY, now=clock)
    first = [scim.add("beside-canary", CANARY.e164), scim.add("beside-first", LINE.e164)][1]
    await indexed.fill(anew=False, told=lambda _: None)
    clock.turn(timedelta(days=2))

    async def _meanwhile(_request: web.Request, truth: Truth) -> Said:
        liar.lie = honest
        scim.add("beside-second", LINE.e164)
        await indexed.fill(anew=False, told=lambda _: None)
        return await truth()

    liar.lie = _meanwhile
    found = await indexed.find(LINE)
    assert ([record.handle for record in found.records], found.complete) == ([first], False)
    again = await indexed.find(LINE)
    assert (len(again.records), again.complete) == (2, True)
    indexed.file.close()
