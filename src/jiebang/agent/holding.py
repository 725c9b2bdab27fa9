"""Holding: what is beyond the platform's own budget waits for a person; nothing is denied for it."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from jiebang.agent.desk import Desk
from jiebang.agent.ledger import Entry, instant_text
from jiebang.agent.signal_book import Heard, Plan
from jiebang.agent.spending import Cost
from jiebang.domain.binding import OrderKind

words = structlog.get_logger()


async def hold_orders(desk: Desk, due: Sequence[Entry]) -> list[Entry]:
    """Hold the orders that are beyond the budget; gives these. The others count from now on."""
    costs = [
        Cost(id=entry.id, deregistrations=int(entry.kind is OrderKind.DEREGISTER))
        for entry in due
        if not entry.admitted
    ]
    within, beyond = await _taken(desk, costs)
    attempts = {entry.id: entry.attempt for entry in due}
    at = instant_text(desk.now())
    await asyncio.to_thread(desk.ledger.note, {own: attempts[own] for own in within}, {"admitted_at": at})
    await asyncio.to_thread(desk.ledger.note, {own: attempts[own] for own in beyond}, {"held_at": at})
    return [entry for entry in due if entry.id in beyond]


async def hold_signals(desk: Desk, due: Sequence[Heard], *, plans: Mapping[str, Plan]) -> set[str]:
    """Hold the signals of which so much follows that it is beyond the budget; gives the ids of these."""
    costs = [
        Cost(id=heard.id, changes=len(plans[heard.id].deeds))
        for heard in due
        if heard.id in plans and plans[heard.id].deeds and not heard.admitted
    ]
    within, beyond = await _taken(desk, costs)
    await asyncio.to_thread(desk.book.admit, within, desk.now())
    await asyncio.to_thread(desk.book.hold, beyond, desk.now())
    return beyond


async def _taken(desk: Desk, costs: Sequence[Cost]) -> tuple[set[str], set[str]]:
    """Tell what is within the budget from what is beyond it; the first that is beyond it raises the alarm."""
    if not costs:
        return set(), set()
    within = await asyncio.to_thread(desk.spending.take, costs, desk.now())
    beyond = {cost.id for cost in costs} - within
    if beyond and not await asyncio.to_thread(_holds_any, desk):
        words.error("agent:budget:spent", held=len(beyond), until="jiebang agent release")
    return within, beyond


def _holds_any(desk: Desk) -> bool:
    """Whether something waits for a person already."""
    return desk.spending.holds_any() or desk.book.holds_any()
