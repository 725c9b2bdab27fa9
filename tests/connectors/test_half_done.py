"""What a change really did is what is told of it: that nothing was changed is said only where nothing was."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.dispatch import deal_with
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.connectors.conftest import DeskOpener, Opener
from tests.connectors.test_every_system import nothing_differs
from tests.connectors.test_http_systems import own, saying
from tests.systems.kinto import CUSTOMERS, Kinto
from tests.systems.liar import Liar as Lying
from tests.systems.liar import Lie, Said, Truth, only
from tests.systems.synapse import Synapse

pytestmark = pytest.mark.anyio
synapse = pytest.mark.parametrize("system", ["synapse"], indirect=True)
kinto = pytest.mark.parametrize("system", ["kinto"], indirect=True)


def instead(do: Callable[[], object], *, code: int = HTTPStatus.OK, truth_first: bool = False) -> Lie:
    """Do something else than what was asked, or that as well, and say that it was done."""

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        said = await truth() if truth_first else Said(status=code)
        await asyncio.to_thread(do)
        return said

    return _lie


async def another(_request: web.Request, truth: Truth) -> Said:
    """Show somebody else in the place of who is asked for."""
    said = await truth()
    return said.saying({"data": said.json()["data"] | {"id": "customer-none"}})


def alarms(lines: Iterable[Mapping[str, object]]) -> list[object]:
    """List the alarms of a log."""
    return [line["why"] for line in lines if line["event"] == "agent:store:alarm"]


async def told(pretender: Pretender, desk_of: DeskOpener, *, url: str, lie: Lie) -> tuple[str, list[object]]:
    """Act on what is in the mailbox, behind a liar; gives what the hub is told in words, and the alarms."""
    with capture_logs() as lines:
        async with Lying(url) as liar, desk_of(url=liar.url) as desk:
            liar.lie = lie
            await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    [denied] = [said for said in pretender.outcomes if said["outcome"] == "denied"]
    assert denied["reason"] == "other"
    return denied["words"], alarms(lines)


@synapse
async def test_another_number_that_goes_along_is_an_alarm(
    system: Synapse, connected: Opener, line: Number, other_line: Number
) -> None:
    handle = system.add(line.e164, other_line.e164)
    place = f"/_synapse/admin/v2/users/{own(handle)}"
    lie = instead(lambda: system.call("PUT", place, {"threepids": []}), truth_first=True)
    async with Lying(system.url) as liar, connected(liar.url) as connector:
        liar.lie = only(lie, method="POST", part="3pid/delete")
        with capture_logs() as lines:
            assert await connector.unbind(handle, line) is Effect.DONE
    assert alarms(lines) == ["An account lost other numbers along with the one."]


@synapse
async def test_another_number_that_stays_is_no_alarm(
    system: Synapse, connected: Opener, line: Number, other_line: Number
) -> None:
    handle = system.add(line.e164, other_line.e164)
    async with connected() as connector:
        with capture_logs() as lines:
            assert await connector.unbind(handle, line) is Effect.DONE
    assert (alarms(lines), system.numbers(handle)) == ([], [other_line.e164])


@kinto
async def test_an_account_that_goes_along_with_its_number_is_an_alarm(
    system: Kinto, connected: Opener, line: Number
) -> None:
    handle = system.add(line.e164)
    lie = instead(lambda: system.call("DELETE", f"{CUSTOMERS}/{own(handle)}"))
    async with Lying(system.url) as liar, connected(liar.url) as connector:
        liar.lie = only(lie, method="PATCH")
        with capture_logs() as lines:
            assert await connector.unbind(handle, line) is Effect.DONE
    assert alarms(lines) == ["An account went away along with its number."]


@kinto
async def test_an_account_that_only_lost_its_number_is_not_said_to_be_as_it_was(
    system: Kinto, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handle = system.add(line.e164)
    pretender.order("ord_1", handle, close=True, number=line)
    off = {"data": {"phone": ""}}
    lie = instead(lambda: system.call("PATCH", f"{CUSTOMERS}/{own(handle)}", off))
    words, why = await told(pretender, desk_of, url=system.url, lie=only(lie, method="DELETE"))
    assert (system.numbers(handle), system.is_open(handle)) == ([], True)
    assert "may have changed in part" in words
    assert why == ["The server took the number off, and the account is open still."]


@kinto
async def test_a_change_after_which_somebody_else_is_shown_may_have_been_made(
    system: Kinto, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handle, changed = system.add(line.e164), list[str]()
    pretender.order("ord_1", handle, number=line)

    async def _lie(request: web.Request, truth: Truth) -> Said:
        changed.extend(["yes"] if request.method == "PATCH" else [])
        return await (another(request, truth) if changed and request.method == "GET" else truth())

    words, why = await told(pretender, desk_of, url=system.url, lie=_lie)
    assert (system.numbers(handle), "may have changed in part" in words) == ([], True)
    assert why == ["The server gave another account than the one it was asked for."]


@kinto
async def test_what_is_not_believed_before_the_change_is_not_changed(
    system: Kinto, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handle = system.add(line.e164)
    pretender.order("ord_1", handle, number=line)
    with nothing_differs(system):
        words, _ = await told(
            pretender, desk_of, url=system.url, lie=only(another, method="GET", part=own(handle))
        )
    assert "nothing was changed" in words


@kinto
@pytest.mark.parametrize(("close", "method"), [(False, "PATCH"), (True, "DELETE")])
async def test_of_a_change_that_was_taken_nobody_says_that_nothing_was_changed(
    system: Kinto, desk_of: DeskOpener, pretender: Pretender, line: Number, *, close: bool, method: str
) -> None:
    handle = system.add(line.e164)
    pretender.order("ord_1", handle, close=close, number=line)
    words, why = await told(pretender, desk_of, url=system.url, lie=only(saying({}), method=method))
    assert "may have changed in part" in words
    assert why == ["The server took the change, and the account has the number still."]
