"""
Cleaning in time: what the agent does by itself when a number is disconnected or has another holder.

Only records that were surely bound before it are ever unbound so. Where that is not certain they are marked
at the most, because the record may be the present holder's; those bound since are not looked at at all.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from jiebang.agent.config import Clean, Deed
from jiebang.agent.connectors.contract import Found
from jiebang.agent.desk import Desk
from jiebang.agent.errors import (
    Ambiguous,
    Declined,
    HalfDone,
    StoreTrouble,
    TooManyRecords,
    UnknownRecord,
    Unsupported,
)
from jiebang.agent.holding import hold_signals
from jiebang.agent.signal_book import Counts, Heard, Plan
from jiebang.agent.tallies import Tally
from jiebang.domain.binding import OrderKind
from jiebang.domain.letter import Event

MOST = 100
"""Signals acted on in one go: between two of them, orders have their turn."""

words = structlog.get_logger()


async def clean_on_due(desk: Desk) -> set[str]:
    """
    Act on the signals of the book, and tell the hub; gives those that the store can never act on.

    Raises `HubTrouble` when the hub cannot be told; what the store does not do now is left in the
    book for the next time. Where not everything could be seen, what was found is acted on, and the hub is
    told nothing until it could.
    """
    if desk.clean is None:
        return set()
    async with desk.cleaning:
        due = await asyncio.to_thread(desk.book.due, desk.now(), MOST)
        if due and not await desk.believes():
            due = []
        plans = {heard.id: heard.plan for heard in due if heard.plan is not None}
        fresh, refused = await _plan_all(desk, desk.clean, due=[one for one in due if one.plan is None])
        await asyncio.to_thread(desk.book.plan, fresh)
        await asyncio.to_thread(desk.book.drop, refused)
        plans |= fresh
        beyond = await hold_signals(desk, due, plans=plans)
        done = await _act_on_all(desk, [one for one in due if one.id not in beyond], plans=plans)
        ended = [(one, done[one.id]) for one in due if one.id in done]
        whole = {one.id: counted(one, plans[one.id], ends=ends) for one, ends in ended if plans[one.id].whole}
        await asyncio.to_thread(desk.book.acted, whole, desk.now())
        in_part = [(one, ends) for one, ends in ended if one.id not in whole]
        await asyncio.to_thread(desk.book.acted_in_part, in_part, desk.now())
        waits = [one for one in due if one.id not in {*refused, *beyond, *done}]
        await asyncio.to_thread(desk.book.put_off, waits, desk.now())
        await _report(desk)
    return refused


async def _plan_all(desk: Desk, clean: Clean, *, due: Sequence[Heard]) -> tuple[dict[str, Plan], set[str]]:
    """Find what is to be done, for several numbers at once; and for which that can never be said."""
    room, refused = asyncio.Semaphore(desk.connector.width), set[str]()

    async def _one(heard: Heard) -> tuple[str, Plan] | None:
        async with room:
            try:
                found = await desk.connector.find(heard.number)
            except StoreTrouble as trouble:
                # Of what was acted on in part the letter is confirmed: nobody could be told of its end.
                never = isinstance(trouble, TooManyRecords | Ambiguous) and heard.dealt is None
                came_to = "refused" if never else "waits"
                words.error(f"agent:signal:{came_to}", signal=heard.id, why=str(trouble))
                refused.update({heard.id} if never else ())
                return None
        if found.strangers:
            words.warning("agent:store:filter-lies", signal=heard.id, strangers=found.strangers)
            if not await desk.believes(doubt=True):
                return None
        if heard.number == desk.canary:
            return heard.id, Plan(deeds={}, kept=len(found.records), whole=found.complete)
        return heard.id, planned(found, heard, clean=clean, now=desk.now())

    plans = await asyncio.gather(*(_one(heard) for heard in due))
    return dict(plan for plan in plans if plan is not None), refused


def planned(found: Found, heard: Heard, *, clean: Clean, now: datetime) -> Plan:
    """Decide what is to be done to each record that may have been bound before it happened."""
    deeds: dict[str, Deed] = {}
    kept = 0
    for record in found.records:
        bound = record.bound.span(now)
        if bound.surely_not_before(heard.at) or record.handle in (heard.dealt or {}):
            continue
        on_disconnected, on_recycled = clean.deeds(record.kind, record.record_class)
        deed = on_disconnected if heard.event is Event.NUMBER_DISCONNECTED else on_recycled
        sure = bound.surely_before(heard.at) and OrderKind.UNBIND in record.can
        if deed is Deed.IGNORE:
            kept += 1
        else:
            deeds[record.handle] = Deed.UNBIND if deed is Deed.UNBIND and sure else Deed.FLAG
    return Plan(deeds=deeds, kept=kept, whole=found.complete)


def counted(heard: Heard, plan: Plan, *, ends: Mapping[str, Deed]) -> Counts:
    """Count what came of a plan, with what was done before, while not everything could be seen."""
    left = [*(heard.dealt or {}).values(), *ends.values()]
    return Counts(
        cleared=[*ends.values()].count(Deed.UNBIND), flagged=left.count(Deed.FLAG),
        kept=left.count(Deed.IGNORE) + plan.kept,
    )  # fmt: skip


async def _act_on_all(
    desk: Desk, due: Iterable[Heard], *, plans: Mapping[str, Plan]
) -> dict[str, dict[str, Deed]]:
    """
    Do what is planned; gives what was done to which record.

    Signals of which something has to wait for the store are left out.
    """
    room = asyncio.Semaphore(desk.connector.width)

    async def _one(heard: Heard, plan: Plan) -> tuple[str, dict[str, Deed]] | None:
        async with room:
            try:
                ends = {
                    handle: await _act(desk, heard, handle=handle, deed=deed)
                    for handle, deed in plan.deeds.items()
                }
            except StoreTrouble as trouble:
                words.error("agent:signal:waits", signal=heard.id, why=str(trouble))
                return None
        _count(desk, heard, plan=plan, ends=[*ends.values()])
        return heard.id, ends

    done = await asyncio.gather(*(_one(heard, plans[heard.id]) for heard in due if heard.id in plans))
    return dict(one for one in done if one is not None)


def _count(desk: Desk, heard: Heard, *, plan: Plan, ends: Sequence[Deed]) -> None:
    cleared, flagged = ends.count(Deed.UNBIND), ends.count(Deed.FLAG)
    # What is left as it is, is found again as long as not everything could be seen.
    kept = ends.count(Deed.IGNORE) + plan.kept * plan.whole
    words.info("agent:signal:acted", signal=heard.id, cleared=cleared, flagged=flagged)
    for deed, count in (("cleared", cleared), ("flagged", flagged), ("kept", kept)):
        desk.tallies.count(Tally.CLEANED, deed, by=count)


async def _act(desk: Desk, heard: Heard, *, handle: str, deed: Deed) -> Deed:
    """
    Act on one record; gives what was done. What is gone already we let go before we were killed.

    Raises `StoreTrouble` for what the store does not do now.
    """
    try:
        if deed is Deed.UNBIND:
            await desk.connector.unbind(handle, heard.number)
        else:
            await desk.connector.flag(handle, heard.number)
    except (Unsupported, UnknownRecord):
        return Deed.IGNORE
    except Declined as trouble:
        words.error("agent:signal:declined", signal=heard.id, why=str(trouble))
        return Deed.IGNORE
    except (Ambiguous, HalfDone) as unclear:
        words.error("agent:signal:ambiguous", signal=heard.id, why=str(unclear))
        words.error("agent:store:alarm", why=str(unclear))
        return Deed.IGNORE
    return deed


async def _report(desk: Desk) -> None:
    """Tell the hub all that it was not told; what it refuses was told as well: again would change nothing."""
    while unsent := await asyncio.to_thread(desk.book.unsent, MOST):
        await _tell(desk, unsent)


async def _tell(desk: Desk, unsent: Mapping[str, Counts]) -> None:
    items = [
        {"signal_id": own, "cleared": counts.cleared, "flagged": counts.flagged, "kept": counts.kept}
        for own, counts in unsent.items()
    ]
    for item, verdict in zip(items, await desk.hub.hand_in("clearances", items), strict=True):
        if verdict["status"] == "refused":
            code = (verdict.get("refusal") or {}).get("code")
            words.warning("agent:clearance:refused", signal=item["signal_id"], code=code)
    await asyncio.to_thread(desk.book.sent, list(unsent), desk.now())
