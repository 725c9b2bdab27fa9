"""
Acting on orders: from the ledger, never from a letter, so that a restart goes on where it stopped.

Killed after the store was changed and before the ledger knows: the order is acted on again, the record does
not use the number any more, and that is fulfilled. Killed before the hub knows: it is told again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from jiebang.agent.desk import Desk
from jiebang.agent.errors import (
    Ambiguous,
    Declined,
    HalfDone,
    Promised,
    StoreTrouble,
    UnknownRecord,
    Unsupported,
)
from jiebang.agent.holding import hold_orders
from jiebang.agent.ledger import Entry
from jiebang.agent.pauses import pause
from jiebang.agent.tallies import Tally
from jiebang.domain.binding import OrderKind
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Outcome, Said
from jiebang.wire.receipts import sign_receipt

FRESH = timedelta(seconds=10)
"""
How old the hub's word may be that an order stands. Older, the hub is asked once more before anything is
changed: a revocation may have gone to another agent of this platform, or be still on its way.
"""

words = structlog.get_logger()


async def act_on_due(desk: Desk, among: Collection[str] | None = None) -> None:
    """
    Do what the ledger says is to be done now, all of it or `among` some orders only, and tell the hub.

    Raises `HubTrouble` when the hub cannot be told; what the store does not do now is left for the
    next time, in the ledger.
    """
    async with desk.acting:
        if desk.notice is not None:
            await desk.notice.tell(desk.objections)
        while waiting := await asyncio.to_thread(desk.ledger.to_accept, desk.now(), most=desk.part):
            await _accept(desk, waiting)
        await _report(desk)
    left, more = 0, True
    while more:
        # Let go of in between: a letter that has come has its turn before the rest.
        async with desk.acting:
            due = await _due(desk, among, past=left)
            left += await _act_on_some(desk, due)
            more = len(due) == desk.part


async def _due(desk: Desk, among: Collection[str] | None, *, past: int) -> list[Entry]:
    """List what is to be done now: nothing, while the store cannot be believed."""
    due = await asyncio.to_thread(
        # Whose owner was not told could not object: such an order waits, however long ago its time came.
        desk.ledger.due, desk.now(), most=desk.part, past=past, among=among, notified=desk.notice is not None
    )  # fmt: skip
    return due if due and await desk.believes() else []


async def _act_on_some(desk: Desk, due: Sequence[Entry]) -> int:
    """Act on orders that have come due, and tell the hub; gives how many of them are left due."""
    old = [entry for entry in due if entry.heard_at + FRESH <= desk.now()]
    ended = await _accept(desk, old)
    standing = [entry for entry in due if entry.id not in ended]
    beyond = await hold_orders(desk, standing)
    await _accept(desk, beyond)
    held = {entry.id for entry in beyond}
    standing = await _begun(desk, [entry for entry in standing if entry.id not in held])
    settled = await _act_on_all(desk, standing)
    await asyncio.to_thread(desk.ledger.acted, settled)
    done = {outcome.order_id for outcome in settled}
    waits = [entry for entry in standing if entry.id not in done]
    await asyncio.to_thread(desk.pauses.begin, waits, desk.now())
    await _report(desk)
    # Those that wait for the first time are tried again at once: they are due as before.
    return sum(not pause(entry.tries) for entry in waits)


async def _begun(desk: Desk, due: Sequence[Entry]) -> list[Entry]:
    """Leave out the orders to which an owner has objected in the meantime; for the others it is too late."""
    waited = [entry for entry in due if entry.act_at is not None]
    begun = await asyncio.to_thread(desk.objections.begin, waited, desk.now()) if waited else set()
    return [entry for entry in due if entry.act_at is None or entry.id in begun]


async def _accept(desk: Desk, entries: Sequence[Entry]) -> set[str]:
    """Tell the hub that orders are accepted; gives those of which it says that they stand no more."""
    refused = await _tell(desk, [_outcome(desk, entry, said=Said.ACCEPTED) for entry in entries])
    standing = [entry for entry in entries if entry.id not in refused]
    ended = {entry.id: entry.attempt for entry in entries if entry.id in refused}
    await asyncio.to_thread(desk.ledger.accepted, standing, desk.now())
    await asyncio.to_thread(desk.ledger.end, ended, desk.now())
    return refused


async def _report(desk: Desk) -> None:
    """Tell the hub every outcome that it was not told."""
    while settled := await asyncio.to_thread(desk.ledger.unsent, most=desk.part):
        # What the hub refuses was told as well: to say it again would change nothing.
        await _tell(desk, settled)
        await asyncio.to_thread(desk.ledger.sent, settled, desk.now())


async def _tell(desk: Desk, settled: Sequence[Outcome]) -> set[str]:
    """Send one batch of outcomes; gives the orders for which the hub refused it."""
    verdicts = (
        await desk.hub.hand_in("outcomes", [_as_json(desk, done) for done in settled]) if settled else []
    )
    refused: set[str] = set()
    for done, verdict in zip(settled, verdicts, strict=True):
        if verdict["status"] == "refused":
            refused.add(done.order_id)
            code = (verdict.get("refusal") or {}).get("code")
            words.warning("agent:outcome:refused", order=done.order_id, outcome=done.said, code=code)
        else:
            words.info("agent:outcome:told", order=done.order_id, outcome=done.said)
    return refused


async def _act_on_all(desk: Desk, due: Iterable[Entry]) -> list[Outcome]:
    """Act on orders: those for one record one after another, those for several side by side."""
    by_record: dict[str, list[Entry]] = defaultdict(list)
    for entry in due:
        by_record[entry.handle].append(entry)
    room = asyncio.Semaphore(desk.connector.width)

    async def _one_record(entries: list[Entry]) -> list[Outcome]:
        async with room:
            return [done for entry in entries if (done := await _act(desk, entry))]

    settled = await asyncio.gather(*(_one_record(entries) for entries in by_record.values()))
    return [done for some in settled for done in some]


async def _act(desk: Desk, entry: Entry) -> Outcome | None:
    """Act on one order; `None` when it has to wait for the store."""
    change = desk.connector.unbind if entry.kind is OrderKind.UNBIND else desk.connector.deregister
    try:
        effect = await change(entry.handle, entry.number)
    except UnknownRecord:
        return _denied(desk, entry, reason=Denial.NO_MATCH)
    except Unsupported:
        return _denied(desk, entry, reason=Denial.UNSUPPORTED)
    except Declined as declined:
        words.error("agent:order:declined", order=entry.id, why=str(declined))
        return _denied(desk, entry, reason=Denial.OTHER, said=Declined.__doc__)
    except (Ambiguous, HalfDone) as unclear:
        words.error("agent:order:ambiguous", order=entry.id, why=str(unclear))
        words.error("agent:store:alarm", why=str(unclear))
        return _denied(desk, entry, reason=Denial.OTHER, said=type(unclear).__doc__)
    except StoreTrouble as trouble:
        words.error("agent:order:waits", order=entry.id, why=str(trouble))
        if entry.act_at is not None and not isinstance(trouble, Promised):
            # Nothing is done yet: its owner can object again.
            await asyncio.to_thread(desk.objections.put_off, [entry])
        return None
    words.info("agent:order:fulfilled", order=entry.id, kind=entry.kind, effect=effect)
    desk.tallies.count(Tally.ORDER, f"{entry.kind}:{Said.FULFILLED}:{effect}")
    return _outcome(desk, entry, said=Said.FULFILLED)


def _denied(desk: Desk, entry: Entry, *, reason: Denial, said: str | None = None) -> Outcome:
    desk.tallies.count(Tally.ORDER, f"{entry.kind}:{Said.DENIED}:{reason}")
    return replace(_outcome(desk, entry, said=Said.DENIED), reason=reason, words=said)


def _outcome(desk: Desk, entry: Entry, *, said: Said) -> Outcome:
    return Outcome(order_id=entry.id, said=said, at=desk.now(), letter=entry.letter, attempt=entry.attempt)


def _as_json(desk: Desk, done: Outcome) -> dict[str, Any]:
    said: dict[str, Any] = {
        "order_id": done.order_id, "outcome": done.said.value, "at": done.at.isoformat(),
        "receipt": sign_receipt(done, platform=desk.hub.platform, hub=desk.hub.url, key=desk.hub.key),
        "attempt": done.attempt,
    }  # fmt: skip
    if done.reason is not None:
        said["reason"] = done.reason.value
    if done.words is not None:
        said["words"] = done.words
    return said
