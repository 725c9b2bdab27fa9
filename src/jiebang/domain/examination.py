"""
Examination: evidence is held against its own proofs and signatures, from the outside in.

What is wrong is named: the entry, the order or the part of the file. What nothing else proves, such as a name
or a label, the hub's seal under the whole file does.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from jiebang.domain.binding import OrderKind
from jiebang.domain.evidence import VERSION, Claimed, Evidence, Platform, Sent, Sworn
from jiebang.domain.journal import Checkpoint, canonical
from jiebang.domain.letter import Event
from jiebang.domain.merkle import includes, leaf
from jiebang.domain.order import MOVES, Denial, State
from jiebang.domain.outcome import Outcome, Said

_BECOMES: Mapping[Said, State] = {
    Said.ACCEPTED: State.IN_PROGRESS,
    Said.FULFILLED: State.FULFILLED,
    Said.DENIED: State.DENIED,
}
_EVENT: Mapping[OrderKind, Event] = {
    OrderKind.UNBIND: Event.UNBIND_ORDERED,
    OrderKind.DEREGISTER: Event.DEREGISTER_ORDERED,
}
_CAN_FOLLOW = {(was, becomes) for (was, _), becomes in MOVES.items()}


class Wrong(Exception):  # noqa: N818 - what was found, for the one who verifies
    """Something in the file is not what was signed and sealed."""

    def __init__(self, part: str, how: str) -> None:
        """Name the part, and say what is wrong with it."""
        super().__init__(f"{part}: {how}")
        self.part = part


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """How signatures are checked; each raises `ValueError`, or a refusal, for what was not signed."""

    checkpoint: Callable[[str], Checkpoint]
    receipt: Callable[[str, Platform], Outcome]
    statement: Callable[[str, str], None]
    """Given a text and the signature under it."""
    refusals: tuple[type[Exception], ...]
    """What they raise."""


def examine(evidence: Evidence, checks: Checks) -> None:
    """Check every proof and every signature; raises `Wrong` at the first that does not hold."""
    if not 1 <= evidence.evidence <= VERSION:
        raise Wrong("the file", f"of version {evidence.evidence}, which this program does not know")
    try:
        checkpoint = checks.checkpoint(evidence.checkpoint)
    except checks.refusals:
        raise Wrong("the checkpoint", "not signed with the journal's key") from None
    platforms = {one.id: one for one in evidence.platforms}
    for order in evidence.orders:
        if order.platform_id not in platforms:
            raise Wrong(f"order {order.order_id}", "its platform is not in the file")
        for one in order.entries:
            _check_sealed(one, order, checkpoint=checkpoint)
        _check_story(order)
        _check_letters(order, evidence)
        for one in order.entries:
            _check_receipt(one, order, platform=platforms[order.platform_id], checks=checks)
    try:
        checks.statement(evidence.statement(), evidence.seal)
    except checks.refusals:
        raise Wrong(
            "the seal", "not under the file as it is: a name, a label, a key or an instant is changed"
        ) from None


def _check_sealed(one: Sworn, order: Claimed, *, checkpoint: Checkpoint) -> None:
    try:
        path = [bytes.fromhex(digest) for digest in one.path]
    except ValueError:
        path = []
    digest = leaf(canonical(one.entry).encode())
    held = includes(checkpoint.root, checkpoint.size, digest=digest, place=one.place, path=path)
    if not held or [step.hex() for step in path] != list(one.path):
        raise Wrong(order.part(one), "not what the checkpoint seals at that place")


def _check_letters(order: Claimed, evidence: Evidence) -> None:
    """Hold what holders read of an order against what the platform was sent."""
    part = f"order {order.order_id}"
    deadlines = order.deadlines()
    for sent in order.letters:
        if hashlib.sha256(sent.payload.encode()).hexdigest() != sent.fingerprint:
            raise Wrong(part, "its letter does not have this fingerprint")
        try:
            letter = json.loads(sent.payload)
            event = _said(letter["events"], order)
            number, due = letter["sub_id"]["phone_number"], datetime.fromisoformat(event["due"])
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Wrong(part, "its letter is none, or orders something else") from None
        attempt = _attempt(sent)
        to = (letter.get("iss"), letter.get("aud"), number, due)
        if to != (evidence.hub, order.platform_id, evidence.number, deadlines.get(attempt)):
            raise Wrong(part, "its letter has another sender, receiver, number or deadline")
        if any(event.get(name) != said for name, said in _particulars(order, attempt).items()):
            raise Wrong(part, "its letter says something else")
    if deadlines.keys() - {_attempt(sent) for sent in order.letters}:
        raise Wrong(part, "its letter is missing")


def _attempt(sent: Sent) -> int:
    """Which attempt at its order a letter is about; 0 where it is no letter."""
    try:
        [event] = json.loads(sent.payload)["events"].values()
        return int(event.get("attempt", 1))
    except (AttributeError, KeyError, TypeError, ValueError):
        return 0


def _said(events: Mapping[str, Mapping[str, Any]], order: Claimed) -> Mapping[str, Any]:
    """Find what a letter orders, or what it reminds of; raises `KeyError` for other letters."""
    reminder = events.get(Event.ORDER_OVERDUE.value)
    if reminder is not None and reminder["order"] == order.kind:
        return reminder
    return events[_EVENT[order.kind].value]


def _particulars(order: Claimed, attempt: int) -> dict[str, Any]:
    said: dict[str, Any] = {"order_id": order.order_id, "handle": order.handle}
    if attempt > 1:
        said["attempt"] = attempt
    if order.kind is OrderKind.UNBIND:
        said |= {"kind": order.record.value, "origin": order.origin.value}
    if order.object_until is not None:
        said["object_until"] = order.object_until.isoformat()
    return said


def _check_story(order: Claimed) -> None:
    """Hold an order's entries against each other: all are its own, in their order, with no move left out."""
    last = -1
    for one in order.entries:
        if one.entry.get("order_id") != order.order_id or one.place <= last:
            raise Wrong(order.part(one), "about another order, or not in its place")
        last = one.place
    try:
        moves, _ = order.moves(), order.deadlines()
    except (KeyError, TypeError, ValueError):
        raise Wrong(f"order {order.order_id}", "an entry cannot be read") from None
    if not moves or moves[0][0] is not State.OPEN or moves[0][1].at != order.placed_at:
        raise Wrong(f"order {order.order_id}", "its first entry is not that it was placed then")
    for (was, _), (becomes, _) in pairwise(moves):
        if (was, becomes) not in _CAN_FOLLOW:
            raise Wrong(f"order {order.order_id}", f"an entry between {was} and {becomes} is missing")


def _check_receipt(one: Sworn, order: Claimed, *, platform: Platform, checks: Checks) -> None:
    """Hold an entry against the receipt that it names by its SHA-256."""
    named = one.entry.get("receipt")
    if one.receipt is None:
        if named is not None:
            raise Wrong(order.part(one), "its receipt is missing")
        return
    if hashlib.sha256(one.receipt.encode()).hexdigest() != named:
        raise Wrong(order.part(one), "the receipt is not the one that it names")
    try:
        signed = checks.receipt(one.receipt, platform)
    except checks.refusals:
        raise Wrong(order.part(one), f"the receipt is not signed by {platform.id}") from None
    state, reason = _BECOMES[signed.said], None
    if state is State.DENIED:
        reason = (signed.reason or Denial.OTHER).value
    at = signed.at.astimezone(UTC).isoformat()
    told = {"by": platform.id, "order_id": signed.order_id, "reason": reason, "said_at": at, "state": state}
    if any(one.entry.get(name) != told[name] for name in told):
        raise Wrong(order.part(one), "the receipt says something else")
    letters = {sent.fingerprint for sent in order.letters if _attempt(sent) == one.attempt}
    # Of an attempt that was over before the journal told its deadline, nobody knows the letter.
    if one.attempt in order.deadlines() and signed.letter not in letters:
        raise Wrong(order.part(one), "the receipt is for another letter")
