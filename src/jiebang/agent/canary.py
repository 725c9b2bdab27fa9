"""Canary: proving, on a record made for it, that what the agent will do works, before it does anything."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from jiebang.agent.config import Config
from jiebang.agent.connectors.contract import Connector, Found, Record
from jiebang.agent.errors import Trouble, Unsound
from jiebang.agent.hub import Hub


class Verdict(StrEnum):
    """What became of a proof."""

    PROVEN = "proven"
    FAILED = "failed"
    OPEN = "not proven"
    """It cannot be proven with this store; that is no reason not to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One thing that was to be proven, and how it went, in words for the platform's operator."""

    claim: str
    verdict: Verdict
    words: str = ""


async def prove_hub(hub: Hub) -> AsyncIterator[Proven]:
    """Prove that the hub is there, is the one that is meant, and knows this platform."""
    yield await _proof("the hub is reached and is the one that is meant", hub.places)
    yield await _proof("the hub grants this platform a token", hub.token)


async def prove_store(config: Config, connector: Connector) -> AsyncIterator[Proven]:
    """Prove that finding, comparing and changing work; the first failure ends it."""
    canary = _Canary(config, connector)
    for claim, step in (
        ("the store is as the configuration says", connector.check),
        ("find finds the canary, and nothing else", canary.is_found),
        ("find finds nothing for a number that is absent", canary.finds_nothing_absent),
        ("verify sees the canary's number in its record", canary.is_verified),
        ("verify sees no other number there", canary.is_compared),
    ):
        proven = await _proof(claim, step)
        yield proven
        if proven.verdict is Verdict.FAILED:
            return
    for record in canary.records:
        yield await canary.rehearsal(record)


@dataclass(slots=True)
class _Canary:
    """The canary's records, and what must be true of them."""

    config: Config
    connector: Connector
    records: list[Record] = field(default_factory=list)

    async def is_found(self) -> None:
        found = _sound(await self.connector.find(self.config.canary))
        self.records += found.records
        if not self.records and not found.complete:
            raise Unsound("The index has not come to the canary yet: run `jiebang agent scan`.")
        if not self.records:
            raise Unsound("Nothing has the canary's number; add a record of your own that has it.")

    async def finds_nothing_absent(self) -> None:
        if _sound(await self.connector.find(self.config.canary_absent)).records:
            raise Unsound("A record has canary_absent; choose a number that none has.")

    async def is_verified(self) -> None:
        for record in self.records:
            if not await self.connector.holds(record.handle, self.config.canary):
                raise Unsound("verify does not see the number in a record in which find finds it.")

    async def is_compared(self) -> None:
        for record in self.records:
            if await self.connector.holds(record.handle, self.config.canary_absent):
                raise Unsound("verify sees canary_absent in the canary's record.")

    async def rehearsal(self, record: Record) -> Proven:
        """Try every change on a record, and take it back."""
        can = " or ".join(sorted(record.can))
        claim = f"to {can} the canary's {record.kind} changes that record alone"
        try:
            tried = await self.connector.rehearse(record.handle, self.config.canary)
        except Trouble as trouble:
            return Proven(claim=claim, verdict=Verdict.FAILED, words=str(trouble))
        if not tried:
            return Proven(claim=claim, verdict=Verdict.OPEN, words="This store cannot take a change back.")
        return Proven(claim=claim, verdict=Verdict.PROVEN)


async def _proof(claim: str, step: Callable[[], Awaitable[object]]) -> Proven:
    try:
        await step()
    except Trouble as trouble:
        return Proven(claim=claim, verdict=Verdict.FAILED, words=str(trouble))
    return Proven(claim=claim, verdict=Verdict.PROVEN)


def _sound(found: Found) -> Found:
    """Refuse a filter that returns what it was not asked for."""
    if found.strangers:
        raise Unsound(f"The store's filter returned {found.strangers} records that have another number.")
    return found
