"""The lowest rung of the ladder: a SCIM store that cannot search, and has too many accounts to list."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp import web

from jiebang.agent import canary
from jiebang.agent.canary import Verdict
from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import StoreTrouble, Unsound
from jiebang.agent.index.connector import IndexedConnector
from jiebang.domain.number import Number
from jiebang.wire import keys
from tests.agent.directory import INDEX
from tests.agent.scim_server import CONFIG
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim
from tests.systems.liar import Liar, Lie, Said, Truth, only, status

pytestmark = pytest.mark.anyio
LINE = Number("+8613800138000")
FEW = "most_accounts = 50\n"

Opener = Callable[..., AbstractAsyncContextManager[Connector]]


@pytest.fixture(scope="module")
def site() -> Iterator[DjangoScim]:
    """Run a site with more people than the configuration lets it list for a question."""
    site = DjangoScim()
    for _ in range(55):
        site.add("+8613900139000")
    yield site
    site.stop()


@pytest.fixture
async def liar(site: DjangoScim) -> AsyncIterator[Liar]:
    """Stand in front of the site."""
    async with Liar(site.url) as liar:
        yield liar


@pytest.fixture
def configured(
    site: DjangoScim, liar: Liar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Write a configuration that goes through the liar, or to another address."""
    for name, value in site.secrets().items():
        monkeypatch.setenv(name, value)
    keys.write(keys.make(), tmp_path / "agent-key.json")

    def _write(find: str, *, index: str = INDEX, url: str = "") -> Path:
        told = site.connector(url or liar.url).replace(f'find = "{site.find}"', f'find = "{find}"\n{FEW}')
        path = tmp_path / "agent.toml"
        path.write_text(CONFIG.partition("[connector]")[0].format(hub="http://127.0.0.1:9") + index + told)
        return path

    return _write


@pytest.mark.parametrize("find", ["filter", "pages"])
async def test_a_server_that_ignores_filters_joins_by_an_index(
    site: DjangoScim, configured: Callable[..., Path], clock: Clock, find: str
) -> None:
    own, through = site.add(LINE.e164), f"http://127.0.0.1:{site.gate.port}/scim/v2"
    assert site.everyone is not None
    with site.gate.lying(site.everyone):
        async with opened(load(configured(find, index="", url=through)), now=clock) as connector:
            with pytest.raises(Unsound, match=r"Try|Make an index"):
                await connector.check()
        config = load(configured(find, url=through))
        async with opened(config, now=clock) as connector:
            assert isinstance(connector, IndexedConnector)
            await connector.fill(anew=False, told=lambda _: None)
            proofs = [proven async for proven in canary.prove_store(config, connector)]
            assert {proven.verdict for proven in proofs} == {Verdict.PROVEN, Verdict.OPEN}, proofs
            assert [record.handle for record in (await connector.find(LINE)).records] == [own]
            assert await connector.unbind(own, LINE) is Effect.DONE
    assert site.numbers(own) == []


async def another(_request: web.Request, truth: Truth) -> Said:
    """Give another account than the one that was asked for."""
    said = await truth()
    return said.saying({**said.json(), "id": "0"}) if said.status == 200 else said


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (only(status(403), method="GET", part="startIndex"), "403"),
        (only(status(404), method="GET", part="Users"), "There is no /Users below"),
        (only(another, method="GET", part="/Users/"), "another account"),
    ],
)
async def test_a_server_that_does_not_list_or_read_is_of_no_use_to_an_index(
    liar: Liar, configured: Callable[..., Path], clock: Clock, *, lie: Lie, sentence: str
) -> None:
    liar.lie = lie
    async with opened(load(configured("filter")), now=clock) as connector:
        with pytest.raises(StoreTrouble, match=sentence):
            await connector.check()


async def counted(_request: web.Request, truth: Truth) -> Said:
    """Write ids as numbers, where they are."""
    said = await truth()
    told = said.json() if said.body.startswith(b"{") else {}
    for account in (told, *told.get("Resources", ())):
        if "id" in account:
            account["id"] = int(account["id"])
    return said.saying(told) if told else said


async def test_ids_that_are_written_as_numbers_name_accounts_all_the_same(
    site: DjangoScim, liar: Liar, configured: Callable[..., Path], clock: Clock
) -> None:
    liar.lie, handle = counted, site.add(LINE.e164)
    async with opened(load(configured("filter", index="")), now=clock) as connector:
        assert [record.handle for record in (await connector.find(LINE)).records] == [handle]
        assert await connector.unbind(handle, LINE) is Effect.DONE
        assert not await connector.holds(handle, LINE)
