"""Every account system: the number comes off one account, once, and nothing else differs afterwards."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiebang.agent.act import act_on_due
from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import StoreDown, StoreTrouble
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.agent.process import Process, until
from tests.connectors.conftest import DeskOpener, Opener
from tests.systems.system import CANARY, System

pytestmark = pytest.mark.anyio


def names_of_differences(before: object, after: object, name: str = "") -> set[str]:
    """Name what differs in what a system keeps of one account, as near to it as its names go."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        differing = (
            names_of_differences(before.get(key), after.get(key), str(key)) for key in {*before, *after}
        )
        return set().union(*differing)
    return {name} if before != after else set()


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    """Name what differs in the whole of a system."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}


@contextmanager
def nothing_differs(system: System) -> Iterator[None]:
    """Compare the whole system before and after."""
    before = system.snapshot()
    yield
    assert differing(before, system.snapshot()) == set()


@contextmanager
def only_unbound(system: System, handle: str) -> Iterator[None]:
    """Compare the whole system before and after: this one account lost its only number, once."""
    before = system.snapshot()
    yield
    after = system.snapshot()
    assert differing(before, after) == {handle}
    assert names_of_differences(before[handle], after[handle]) == system.touched
    assert (system.numbers(handle), system.is_open(handle)) == ([], True)
    assert system.changes(handle) in {1, None}


async def found(connector: Connector, line: Number) -> set[str]:
    """Find the handles of a number's records, by a filter that brings nothing else."""
    answer = await connector.find(line)
    assert (answer.strangers, answer.complete) == (0, True)
    return {record.handle for record in answer.records}


async def test_an_account_is_found_by_its_number_alone(
    system: System, connector: Connector, line: Number, other_line: Number
) -> None:
    handle, other = system.add(line.e164), system.add(other_line.e164)
    with nothing_differs(system):
        assert await found(connector, line) == {handle}
        assert await connector.holds(handle, line)
        assert not await connector.holds(other, line)


async def test_an_account_says_what_the_system_knows(
    system: System, connector: Connector, line: Number
) -> None:
    system.add(line.e164)
    [record] = (await connector.find(line)).records
    assert (record.bound.source, record.can) == (system.bound, system.can)
    assert (record.bound.at is None) == (system.bound is BoundSource.UNKNOWN)
    assert line.e164[-4:] not in record.label


async def test_a_number_that_nobody_has_is_not_found(connector: Connector, line: Number) -> None:
    assert await found(connector, line) == set()


async def test_unbinding_takes_the_number_off_one_account(
    system: System, connector: Connector, line: Number, other_line: Number
) -> None:
    handle = system.add(line.e164)
    system.add(other_line.e164)
    with only_unbound(system, handle):
        assert await connector.unbind(handle, line) is Effect.DONE
    assert not await connector.holds(handle, line)
    assert await found(connector, line) == set()


async def test_deregistering_closes_one_account(system: System, connector: Connector, line: Number) -> None:
    handle = system.add(line.e164)
    if OrderKind.DEREGISTER not in system.can:
        with nothing_differs(system), pytest.raises(StoreTrouble):
            await connector.deregister(handle, line)
        return
    before = system.snapshot()
    assert await connector.deregister(handle, line) is Effect.DONE
    assert differing(before, system.snapshot()) == {handle}
    assert (system.numbers(handle), system.is_open(handle)) == ([], False)
    assert await found(connector, line) == set()


async def test_what_is_gone_already_is_gone(system: System, connector: Connector, line: Number) -> None:
    handle, closed = system.add(line.e164), OrderKind.DEREGISTER in system.can
    await (connector.deregister if closed else connector.unbind)(handle, line)
    with nothing_differs(system):
        assert await connector.unbind(handle, line) is Effect.GONE
        if closed:
            assert await connector.deregister(handle, line) is Effect.GONE


async def test_an_account_that_has_another_number_is_let_be(
    system: System, connector: Connector, line: Number, other_line: Number
) -> None:
    handle = system.add(other_line.e164)
    with nothing_differs(system):
        assert await connector.unbind(handle, line) is Effect.GONE
        if OrderKind.DEREGISTER in system.can:
            assert await connector.deregister(handle, line) is Effect.GONE
    assert system.numbers(handle) == [other_line.e164]


async def test_one_number_of_five_accounts_comes_off_those_that_are_ordered(
    system: System, connector: Connector, line: Number
) -> None:
    if not system.shared_numbers:
        assert len(await found(connector, Number(CANARY))) == 1
        return
    handles = [system.add(line.e164) for _ in range(5)]
    assert await found(connector, line) == set(handles)
    with only_unbound(system, handles[2]):
        assert await connector.unbind(handles[2], line) is Effect.DONE
    assert await found(connector, line) == set(handles) - {handles[2]}


async def test_one_account_with_one_number_in_two_spellings_loses_both(
    system: System, connector: Connector, line: Number, other_line: Number
) -> None:
    if not system.several_numbers:
        assert len(system.numbers(system.add(line.e164))) == 1
        return
    handle = system.add(line.e164, line.e164, other_line.e164)
    assert await found(connector, line) == {handle}
    assert await connector.unbind(handle, line) is Effect.DONE
    assert system.numbers(handle) == [other_line.e164]


async def test_a_number_in_a_secondary_place_comes_off_and_the_first_stays(
    system: System, connector: Connector, line: Number, other_line: Number
) -> None:
    if not system.several_numbers:
        assert len(system.numbers(system.add(line.e164))) == 1
        return
    handle = system.add(other_line.e164, line.e164)
    before = system.snapshot()
    assert await found(connector, line) == {handle}
    assert await connector.unbind(handle, line) is Effect.DONE
    assert differing(before, system.snapshot()) == {handle}
    assert system.numbers(handle) == [other_line.e164]


async def test_an_account_that_is_left_without_a_login_says_so(
    system: System, connector: Connector, line: Number, other_line: Number
) -> None:
    system.add(line.e164, alone=True)
    system.add(other_line.e164)
    [alone] = (await connector.find(line)).records
    [rich] = (await connector.find(other_line)).records
    assert alone.other_logins == (0 if system.tells_logins else None)
    assert rich.other_logins is None or rich.other_logins > 0
    assert not system.tells_logins or rich.other_logins is not None


hostile = st.text(
    st.sampled_from("'\"`\\;%_*()&|<>!~=,+-/?#. \0\n\r\t{}[]:@$^0179aeoOR")
    | st.characters(exclude_categories=["Cs"]),
    max_size=20,
)
pieces = st.sampled_from(
    ["' or '1'='1", "; drop table customer; --", "*)(uid=*", "/../Users", '"] or id pr or id["', " or 1=1",
     "%2e%2e", "?deactivate=true", "#", "\u0000", ".0", " ", "e0"]
)  # fmt: skip


@settings(max_examples=8)
@given(before=st.lists(hostile | pieces, max_size=4), after=st.lists(hostile | pieces, max_size=8))
async def test_a_hostile_handle_is_a_name_that_nobody_has(
    system: System, connector: Connector, *, before: list[str], after: list[str]
) -> None:
    [canary] = await found(connector, Number(CANARY))
    own_id = canary.removeprefix("account-")
    handles = [canary + text for text in after] + [f"account-{text}{own_id}" for text in before]
    with nothing_differs(system):
        for handle in {*handles, *before, *after} - {canary}:
            for change in (connector.unbind, connector.deregister):
                with suppress(StoreTrouble):
                    assert await change(handle, Number(CANARY)) is Effect.GONE


async def test_two_agents_at_once_have_one_effect(
    system: System, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handle = system.add(line.e164)
    pretender.order("ord_1", handle, number=line)
    with only_unbound(system, handle):
        await acted_by_two(desk_of)
    assert set(pretender.told("ord_1")) == {"fulfilled"}


async def test_two_agents_at_once_close_one_account(
    system: System, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handle, closes = system.add(line.e164), OrderKind.DEREGISTER in system.can
    pretender.order("ord_1", handle, close=True, number=line)
    before = system.snapshot()
    await acted_by_two(desk_of)
    assert differing(before, system.snapshot()) == ({handle} if closes else set())
    assert system.is_open(handle) is not closes
    assert set(pretender.told("ord_1")) == {"fulfilled" if closes else "denied"}


async def acted_by_two(desk_of: DeskOpener) -> None:
    """Have two agents take the same letters and act on them."""
    async with desk_of("one") as one, desk_of("other") as other:
        both = [(desk, (await Mailbox(desk.hub).poll()).letters) for desk in (one, other)]
        dealt = await asyncio.gather(*(deal_with(letters, desk) for desk, letters in both))
        for desk in (one, other):
            await act_on_due(desk)
    assert {tuple(one.complaints) for one in dealt} == {()}


async def test_killed_after_the_change_and_before_the_outcome(
    system: System, agent: Process, pretender: Pretender, line: Number, other_line: Number
) -> None:
    handle, closes = system.add(line.e164), system.add(other_line.e164)
    jtis = {pretender.order("ord_1", handle, number=line)}
    if can := OrderKind.DEREGISTER in system.can:
        jtis.add(pretender.order("ord_2", closes, close=True, number=other_line))
    before = system.snapshot()
    # The hub is asked for a token when there is something to say, and that is after the changes.
    pretender.hold = "/outcomes"
    await agent.start()
    await asyncio.wait_for(pretender.held.wait(), 20)
    await agent.kill()
    assert (system.numbers(handle), system.is_open(closes)) == ([], not can)
    pretender.hold = ""
    await agent.start()
    await until(lambda: jtis <= set(pretender.confirmed))
    await agent.stop()
    assert differing(before, system.snapshot()) == ({handle, closes} if can else {handle})
    assert (system.is_open(handle), system.changes(handle) in {1, None}) == (True, True)
    assert {*pretender.told("ord_1"), *pretender.told("ord_2")} == {"fulfilled"}


async def test_a_store_that_is_down_makes_orders_wait(
    system: System, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handle = system.add(line.e164)
    jti = pretender.order("ord_1", handle, number=line)
    async with desk_of() as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        with nothing_differs(system), system.down():
            with pytest.raises(StoreDown):
                await desk.connector.find(line)
            assert (await deal_with(letters, desk)).done == []
        assert pretender.told("ord_1") == []
        with only_unbound(system, handle):
            assert (await deal_with(letters, desk)).done == [jti]
    assert pretender.told("ord_1") == ["fulfilled"]


async def test_a_store_that_was_down_is_reached_again_by_a_connector_that_stayed_open(
    system: System, connected: Opener, line: Number
) -> None:
    handle = system.add(line.e164)
    async with connected() as connector:
        assert await connector.holds(handle, line)
        with system.down(), pytest.raises(StoreDown):
            await connector.holds(handle, line)
        assert await connector.unbind(handle, line) is Effect.DONE
    assert system.numbers(handle) == []
