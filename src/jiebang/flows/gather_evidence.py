"""Evidence is gathered for the holder: what was asked, what became of it, and all that proves it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from sqlalchemy import Connection

from jiebang.domain.errors import UnknownOrder
from jiebang.domain.evidence import Claimed, Evidence, Platform, Sent, Sworn, deadlines
from jiebang.domain.journal import NeverSealed
from jiebang.domain.letter import Letter, order_overdue, ordered
from jiebang.domain.merkle import prove_inclusion
from jiebang.domain.order import Order, State
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import journal, numbers, orders, parties, receipts
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What the hub is called, and how it writes and signs."""

    address: str
    key: str
    """Its journal's public key."""
    payload: Callable[[Letter], str]
    """Gives what a letter's token says."""
    sign: Callable[[str], str]
    """Signs a text with the journal's key."""


def gather_evidence(
    database: Database, proof: Proof, *, hub: Hub, now: datetime, policy: Policy, order_id: str | None = None
) -> Evidence:
    """
    Gather the evidence about one order of the holder's, or about all of the present tenure.

    It tells what the newest checkpoint seals, so whoever wants the last word has the journal sealed
    first. Refuses with `ProofStale`, `UnknownOrder` when there is nothing to tell of, `NeverSealed`.
    """
    proof.require(now, policy)
    with database.read() as connection:
        checkpoint = journal.latest_checkpoint(connection)
        if checkpoint is None:
            raise NeverSealed
        size = journal.sealed_size(connection)
        placed = _of_holder(connection, proof, order_id=order_id, now=now)
        sworn = _sworn(connection, placed, size=size)
        claimed = [_claimed(order, sworn[order.id], hub=hub) for order in placed if order.id in sworn]
        if not claimed:
            raise UnknownOrder
        named = {order.platform_id for order in claimed}
        platforms = [
            Platform(id=party.id, name=party.name, keys=party.jwks)
            for party in parties.platforms(connection)
            if party.id in named
        ]
    unsigned = Evidence(
        hub=hub.address, number=proof.number.e164, made_at=now, key=hub.key, checkpoint=checkpoint,
        platforms=platforms, orders=claimed,
    )  # fmt: skip
    return replace(unsigned, seal=hub.sign(unsigned.statement()))


def _of_holder(connection: Connection, proof: Proof, *, order_id: str | None, now: datetime) -> list[Order]:
    """The orders that the number's present holder has placed, newest first."""
    since = numbers.told_since(connection, proof.number, now=now)
    placed = orders.of_number(connection, proof.number, since=since)
    return [order for order in placed if order_id in {None, order.id}]


def _sworn(connection: Connection, placed: Sequence[Order], *, size: int) -> Mapping[str, list[Sworn]]:
    """The sealed entries about orders, each with its proof and with the receipt that it names."""
    perfect = cache(journal.tree(connection))
    kept = receipts.of_orders(connection, [order.id for order in placed])
    by_digest = {hashlib.sha256(one.encode()).hexdigest(): one for told in kept.values() for one in told}
    told: dict[str, list[Sworn]] = {}
    for order_id, place, entry in journal.sealed_of_orders(connection, [one.id for one in placed], size=size):
        path = [digest.hex() for digest in prove_inclusion(place, size, perfect=perfect)]
        receipt = by_digest.get(entry.get("receipt", ""))
        told.setdefault(order_id, []).append(Sworn(place=place, entry=entry, path=path, receipt=receipt))
    return told


def _claimed(order: Order, entries: list[Sworn], *, hub: Hub) -> Claimed:
    payloads = [hub.payload(letter) for letter in _letters(order, entries)]
    return Claimed(
        order_id=order.id, platform_id=order.platform_id, kind=order.kind, record=order.record_kind,
        handle=order.handle, label=order.label, origin=order.origin, placed_at=order.placed_at, due=order.due,
        object_until=order.object_until, letters=[_sent(payload) for payload in payloads], entries=entries,
    )  # fmt: skip


def _letters(order: Order, entries: Sequence[Sworn]) -> Iterator[Letter]:
    """Write again what the platform was sent of each attempt: an order, and a reminder if it was overdue."""
    for attempt, due in deadlines(entries, due=order.due).items():
        states = {one.entry.get("state"): one for one in entries if one.attempt == attempt}
        opened = states.get(State.OPEN.value)
        left = order.leave_at if opened is None or attempt == 1 else opened.told().at
        then = replace(order, attempt=attempt, due=due, leave_at=left)
        yield ordered(then)
        if State.EXPIRED.value in states:
            yield order_overdue(then)


def _sent(payload: str) -> Sent:
    return Sent(payload=payload, fingerprint=hashlib.sha256(payload.encode()).hexdigest())
