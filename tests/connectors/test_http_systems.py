"""Synapse and Kinto behind a liar: nothing is changed by mistake, and no token is left lying about."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias, cast

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from jiebang.agent.canary import Verdict, prove_store
from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector, Effect, Lister
from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import StoreDown, StoreRefuses, Unsound
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.connectors.conftest import Configured, DeskOpener, Opener
from tests.connectors.test_every_system import nothing_differs, only_unbound
from tests.systems.kinto import CUSTOMERS, Kinto
from tests.systems.liar import Liar as Lying
from tests.systems.liar import Lie, Said, Truth, after, only, slow, status
from tests.systems.synapse import Synapse
from tests.systems.system import CANARY, System

pytestmark = pytest.mark.anyio
synapse = pytest.mark.parametrize("system", ["synapse"], indirect=True)
kinto = pytest.mark.parametrize("system", ["kinto"], indirect=True)
both = pytest.mark.parametrize("system", ["synapse", "kinto"], indirect=True)
SEARCH = {"synapse": "threepid", "kinto": "records?"}
"""What stands in the address of a search."""

Lied: TypeAlias = Callable[[Lie], AbstractAsyncContextManager[Connector]]


@pytest.fixture
def lied(system: System, connected: Opener) -> Lied:
    """Open a connector that reaches the system through a liar."""
    assert isinstance(system, Synapse | Kinto)
    url = system.url

    @asynccontextmanager
    async def _open(lie: Lie) -> AsyncIterator[Connector]:
        async with Lying(url) as liar:
            liar.lie = lie
            async with connected(liar.url) as connector:
                yield connector

    return _open


def saying(said: object, *, code: int = 200) -> Lie:
    """Answer something that is not so."""

    async def _lie(_request: web.Request, _truth: Truth) -> Said:
        return Said(status=code, body=json.dumps(said).encode())

    return _lie


def meanwhile(do: Callable[[], object]) -> Lie:
    """Let something happen before a request is handed on, once."""
    left = [do]

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        if left:
            await asyncio.to_thread(left.pop())
        return await truth()

    return _lie


def own(handle: str) -> str:
    """Give an account's own id."""
    return handle.removeprefix("account-")


@synapse
@pytest.mark.parametrize("code", [500, 429, 403, 401, 404])
async def test_a_sequence_that_breaks_in_the_middle_leaves_no_token_and_changes_nothing(
    system: Synapse, lied: Lied, connector: Connector, line: Number, *, code: int
) -> None:
    handle = system.add(line.e164)
    lie = only(status(code, **{"Retry-After": "60"}), method="POST", part="3pid/delete")
    with nothing_differs(system):
        async with lied(lie) as through:
            with pytest.raises((StoreDown, StoreRefuses), match=str(code)):
                await through.unbind(handle, line)
        assert system.sessions(handle) == []
    with only_unbound(system, handle):
        assert await connector.unbind(handle, line) is Effect.DONE
    assert system.sessions(handle) == []


@synapse
async def test_a_token_that_cannot_be_given_back_ends_by_itself(
    system: Synapse, lied: Lied, line: Number
) -> None:
    handle = system.add(line.e164)
    with capture_logs() as lines:
        async with lied(only(status(500), method="POST", part="logout")) as through:
            assert await through.unbind(handle, line) is Effect.DONE
    assert [one["event"] for one in lines] == ["agent:store:afterwards-failed"]
    [good_for] = system.sessions(handle)
    assert good_for is not None
    assert 0 < good_for <= 61


@synapse
async def test_an_answer_that_was_lost_is_asked_for_again(
    system: Synapse, lied: Lied, connector: Connector, line: Number
) -> None:
    handle = system.add(line.e164)
    with only_unbound(system, handle):
        async with lied(only(after(500), method="POST", part="3pid/delete")) as through:
            with pytest.raises(StoreDown):
                await through.unbind(handle, line)
        assert await connector.unbind(handle, line) is Effect.GONE


@synapse
async def test_a_search_that_is_not_let_through_is_not_a_search_that_finds_nobody(
    system: Synapse, lied: Lied, line: Number
) -> None:
    system.add(line.e164)
    unknown = saying({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}, code=404)
    async with lied(only(unknown, method="GET", part="threepid")) as through:
        with pytest.raises(StoreRefuses, match="404"):
            await through.find(line)


@synapse
async def test_a_token_that_is_no_admins_is_found_out_at_the_start(
    system: Synapse, connected: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SYNAPSE_TOKEN", system.token_of(system.add()))
    async with connected() as connector:
        monkeypatch.undo()
        with pytest.raises((StoreDown, StoreRefuses, Unsound)):
            await connector.check()


@synapse
async def test_a_number_that_has_moved_to_another_account_stays_there(
    system: Synapse, connector: Connector, line: Number
) -> None:
    handle = system.add(line.e164)
    other = system.add(line.e164)
    with nothing_differs(system):
        assert await connector.unbind(handle, line) is Effect.GONE
        assert await connector.deregister(handle, line) is Effect.GONE
    assert system.numbers(other) == [line.e164]


@kinto
async def test_a_number_that_its_owner_has_just_changed_is_not_taken_off(
    system: Kinto, lied: Lied, line: Number, other_line: Number
) -> None:
    handle = system.add(line.e164)
    place, new = f"{CUSTOMERS}/{own(handle)}", {"data": {"phone": other_line.e164}}
    lie = meanwhile(lambda: system.call("PATCH", place, new))
    async with lied(only(lie, method="PATCH")) as through:
        assert await through.unbind(handle, line) is Effect.GONE
    assert system.numbers(handle) == [other_line.e164]


@kinto
async def test_what_else_was_changed_in_between_is_kept(system: Kinto, lied: Lied, line: Number) -> None:
    handle = system.add(line.e164)
    place, new = f"{CUSTOMERS}/{own(handle)}", {"data": {"name": "晚秋"}}
    lie = meanwhile(lambda: system.call("PATCH", place, new))
    async with lied(only(lie, method="DELETE")) as through:
        assert await through.deregister(handle, line) is Effect.DONE
    assert not system.is_open(handle)


@kinto
async def test_a_list_goes_on_with_what_has_changed(
    system: Kinto, connector: Connector, line: Number, other_line: Number
) -> None:
    lister = cast("Lister", connector)
    first, second = system.add(line.e164), system.add(other_line.e164)
    pages = [page async for page in lister.pages(None)]
    assert {first, second} <= {one.handle for page in pages for one in page.accounts}
    await connector.deregister(first, line)
    await connector.unbind(second, other_line)
    [page] = [page async for page in lister.pages(pages[-1].mark)]
    assert {one.handle: one.numbers for one in page.accounts} == {first: (), second: ()}


@both
async def test_a_search_that_names_somebody_else_is_not_believed_and_is_told(
    system: Synapse | Kinto, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    [canary] = [handle for handle in system.snapshot() if CANARY in system.numbers(handle)]
    lie = saying({"user_id": own(canary), "data": [{"id": own(canary), "phone": CANARY}]})
    pretender.ask("qry_1", number=line)
    with nothing_differs(system), capture_logs() as lines:
        async with Lying(system.url) as liar, desk_of(url=liar.url) as desk:
            liar.lie = only(lie, method="GET", part=SEARCH[system.name])
            await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    assert [answer["bindings"] for answer in pretender.answers] == [[]]
    assert [one["strangers"] for one in lines if one["event"] == "agent:store:filter-lies"] == [1]


@both
async def test_a_search_that_finds_nobody_any_more_is_found_out_at_the_start(
    system: Synapse | Kinto, configured: Configured, lied: Lied
) -> None:
    nobody = {"errcode": "M_NOT_FOUND", "data": []}
    lie = saying(nobody, code=404 if system.name == "synapse" else 200)
    async with lied(only(lie, method="GET", part=SEARCH[system.name])) as through:
        proofs = [proven async for proven in prove_store(load(configured()), through)]
    assert [proven.claim for proven in proofs if proven.verdict is Verdict.FAILED] == [
        "find finds the canary, and nothing else"
    ]


@both
async def test_a_system_that_is_slow_is_waited_for(system: Synapse | Kinto, lied: Lied, line: Number) -> None:
    handle = system.add(line.e164)
    async with lied(slow(0.3)) as through:
        assert await through.unbind(handle, line) is Effect.DONE
    assert system.numbers(handle) == []
