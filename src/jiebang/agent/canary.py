"""Canary: proving, on a record made for it, that what the agent will do works, before it does anything."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from jiebang.agent.config import Config
from jiebang.agent.connectors.contract import Connector, Found, Record
from jiebang.agent.errors import HubStrange, Trouble, Unsound
from jiebang.agent.hub import Hub


class Verdict(StrEnum):
    """What became of a proof."""

    PROVEN = "proven"
    FAILED = "failed"
    OPEN = "open"
    """It cannot be proven with this store; that is no reason not to start."""


_ORDER_ONCE = "Order it once for a record of your own, and look at the record."
_TAKEN_BACK = "Each was done, seen, and taken back; none takes another number than the one that was read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One thing that was to be proven, and how it went, in words for the platform's operator."""

    claim: str
    verdict: Verdict
    words: str = ""


async def prove_hub(hub: Hub) -> AsyncIterator[Proven]:
    """Prove that the hub is there, is the one that is meant, and knows this platform."""

    async def _granted() -> str:
        await hub.token()
        return f"It knows {hub.platform} and the key {hub.key.id[:8]}…"

    async def _reached() -> str:
        try:
            await hub.places()
        except HubStrange as strange:
            if strange.name is None:
                raise
            raise HubStrange(
                f"It calls itself {strange.name}; if that is the hub you mean, put it into `hub`."
            ) from None
        return f"It names itself {hub.url}, and all that it offers is there."

    yield await _proof("the hub is reached and is the one that is meant", _reached)
    yield await _proof("the hub grants this platform a token", _granted)


async def prove_store(config: Config, connector: Connector) -> AsyncIterator[Proven]:
    """Prove that finding, comparing and changing work; the first failure ends it."""
    canary = _Canary(config, connector)
    for claim, step in (("the store is as the configuration says", canary.is_sound), *canary.claims()):
        proven = await _proof(claim, step)
        yield proven
        if proven.verdict is Verdict.FAILED:
            return
    for record in canary.records:
        yield await canary.rehearsal(record)


async def prove_again(config: Config, connector: Connector) -> None:
    """Prove once more, while running, whatever reads and changes nothing; raises what is wrong."""
    for _, step in _Canary(config, connector).claims():
        await step()


@dataclass(slots=True)
class _Canary:
    """The canary's records, and what must be true of them."""

    config: Config
    connector: Connector
    records: list[Record] = field(default_factory=list)

    def claims(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        """List what must be true, and how each is proven, in this order."""
        return [
            ("find finds the canary, and nothing else", self.is_found),
            ("find finds nothing for a number that is absent", self.finds_nothing_absent),
            ("verify sees the canary's number in its record", self.is_verified),
            ("verify sees no other number there", self.is_compared),
        ]

    async def is_sound(self) -> str:
        await self.connector.check()
        return "Asked for a record that cannot exist, it has none."

    async def is_found(self) -> str:
        found = _sound(await self.connector.find(self.config.canary))
        self.records += found.records
        if not self.records and not found.complete:
            raise Unsound("The index has not come to the canary yet: run `jiebang agent scan`.")
        if not self.records:
            raise Unsound(
                "Nothing has the canary's number; add a record of your own that has it, or say in region"
                " and spellings how numbers are written there."
            )
        return f"It has the canary as {' and '.join(record.kind for record in self.records)}."

    async def finds_nothing_absent(self) -> str:
        if _sound(await self.connector.find(self.config.canary_absent)).records:
            raise Unsound("A record has canary_absent; choose a number that none has.")
        return "canary_absent is in no record."

    async def is_verified(self) -> str:
        for record in self.records:
            if not await self.connector.holds(record.handle, self.config.canary):
                raise Unsound("verify does not see the number in a record in which find finds it.")
        return "It is there in every record that find found."

    async def is_compared(self) -> str:
        for record in self.records:
            if await self.connector.holds(record.handle, self.config.canary_absent):
                raise Unsound("verify sees canary_absent in the canary's record.")
        return "canary_absent is not seen there."

    async def rehearsal(self, record: Record) -> Proven:
        """Try every change on a record, and take it back."""
        can = " or ".join(sorted(record.can))
        claim = f"to {can} the canary's {record.kind} changes that record alone"
        try:
            untried = await self.connector.rehearse(record.handle, self.config.canary)
        except Trouble as trouble:
            return Proven(claim=claim, verdict=Verdict.FAILED, words=str(trouble))
        if untried:
            return Proven(claim=claim, verdict=Verdict.OPEN, words=f"{untried} {_ORDER_ONCE}")
        return Proven(claim=claim, verdict=Verdict.PROVEN, words=_TAKEN_BACK)


async def _proof(claim: str, step: Callable[[], Awaitable[str]]) -> Proven:
    """Take one step; gives with what it was proven, or why it was not."""
    try:
        with_what = await step()
    except Trouble as trouble:
        return Proven(claim=claim, verdict=Verdict.FAILED, words=str(trouble))
    return Proven(claim=claim, verdict=Verdict.PROVEN, words=with_what)


def _sound(found: Found) -> Found:
    """Refuse a filter that returns what it was not asked for."""
    if found.strangers:
        raise Unsound(f"The store's filter returned {found.strangers} records that have another number.")
    return found
