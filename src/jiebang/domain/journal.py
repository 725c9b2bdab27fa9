"""
The journal: what the hub did, entry after entry, none of which can be changed unnoticed.

An entry says what happened, when and by whose doing; never a number, a name, a label or a handle, since it
stays for good. Each is chained to the one before it, and a checkpoint seals all of them in one digest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from jiebang.domain.errors import Unknown
from jiebang.domain.merkle import Edge, leaf
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Outcome
from jiebang.domain.proof import Proof

HOLDER, HUB = "holder", "hub"
"""By whose doing, where it is neither a platform's, a carrier's nor a front's; those go by their ids."""

START = b""
"""What the first entry is chained to."""


def canonical(said: Mapping[str, Any]) -> str:
    """Write JSON in the one way that is sealed and signed: sorted members, and nothing between them."""
    return _JSON.encode(said)


def _instant(at: object) -> str:
    if not isinstance(at, datetime):
        raise TypeError
    return at.astimezone(UTC).isoformat()


_JSON = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False, default=_instant)


class NeverSealed(Unknown):
    """The journal was never sealed at that length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    at: datetime
    what: str
    """A noun and what became of it, such as `order:moved`."""
    by: str
    """`holder`, `hub`, or the id of the party that did it."""
    order_id: str | None = None
    proof_id: str | None = None
    """By which proof a front did it: as long as that is kept, its holder can be told of it."""
    said: Mapping[str, Any] = field(default_factory=dict)
    """What more there is to say, as JSON can say it."""

    def text(self) -> str:
        """Write the entry as it is sealed."""
        about = {"order_id": self.order_id, "proof_id": self.proof_id}
        named = {name: own for name, own in about.items() if own}
        return canonical({**self.said, **named, "at": self.at, "by": self.by, "what": self.what})


def read(text: str) -> Entry:
    """Read an entry as it was sealed."""
    said = json.loads(text)
    at, by, what = datetime.fromisoformat(said.pop("at")), said.pop("by"), said.pop("what")
    order_id, proof_id = said.pop("order_id", None), said.pop("proof_id", None)
    return Entry(at=at, by=by, what=what, order_id=order_id, proof_id=proof_id, said=said)


NUMBER_LEFT = "number_left"
"""Why an order was revoked that no holder took back."""


def order_moved(
    order: Order,
    *,
    at: datetime,
    by: str,
    told: Outcome | None = None,
    because: str | None = None,
    was_due: datetime | None = None,
) -> Entry:
    """
    An order came to a state; `told` is what its platform said and signed of that.

    `was_due` is the deadline of the attempt before, where the order was opened again: with it that
    attempt's letter can be written once more, to which its receipt is held. `early` notes a platform that
    says that it is done while the account's owner may still object: to refuse its word would undo nothing.
    """
    said: dict[str, Any] = {"state": order.state.value}
    if order.attempt > 1:
        said["attempt"] = order.attempt
    if was_due is not None:
        said["was_due"] = _instant(was_due)
    if because is not None:
        said["because"] = because
    if order.reason is not None:
        said["reason"] = order.reason.value
    if order.state is State.FULFILLED and order.waits_for_objection(at):
        said["early"] = True
    if told is not None:
        said["said_at"] = _instant(told.at)
        said["receipt"] = hashlib.sha256((told.receipt or "").encode()).hexdigest()
    return Entry(at=at, what="order:moved", by=by, order_id=order.id, said=said)


def proof_shown(proof: Proof, *, at: datetime, front_id: str) -> Entry:
    """A number was shown through a front: how, and whether the hub has only the front's word for it."""
    said = {"shown_by": proof.shown_by.value, "asserted": proof.asserted}
    return Entry(at=at, what="proof:shown", by=front_id, proof_id=proof.id, said=said)


def receipt_refused(told: Outcome, *, at: datetime, by: str) -> Entry:
    """A platform said what became of an order, with a receipt that does not fit."""
    said = {"outcome": told.said.value}
    return Entry(at=at, what="receipt:refused", by=by, order_id=told.order_id, said=said)


def chain(before: bytes, digest: bytes) -> bytes:
    """Chain an entry, given by its leaf's digest, to the one before it."""
    return hashlib.sha256(before + digest).digest()


class Sealed(NamedTuple):
    """An entry that was sealed, as the hub's database gives it back now."""

    place: int
    text: str
    chain: str
    order_id: str | None
    """Under which order it is found."""
    proof_id: str | None
    """By which proof it is found, where a front did it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the hub has signed: so many entries, with this root."""

    size: int
    root: bytes


class Broken(Exception):  # noqa: N818 - what was found, for the one who verifies
    """The journal is not what was sealed."""

    def __init__(self, place: int, how: str) -> None:
        """Say at which entry, counted from nought, and what is wrong there."""
        super().__init__(f"entry {place}: {how}")
        self.place = place


def verify(entries: Iterable[Sealed], checkpoints: Iterable[Checkpoint]) -> Iterator[int]:
    """
    Go through a journal from its first entry on, and give how many are right at each checkpoint.

    Raises `Broken` at the first entry that is missing, changed, or not where it was. An entry that was
    written anew with the chain after it is found by the first checkpoint after it.
    """
    edge, before, sealed = Edge(), START, 0
    coming = iter(entries)
    for checkpoint in checkpoints:
        while edge.size < checkpoint.size:
            digest, before = _next(coming, edge.size, before=before)
            edge.add(digest)
        if edge.root() != checkpoint.root:
            raise Broken(sealed, f"from here to entry {checkpoint.size - 1} something was changed")
        sealed = checkpoint.size
        yield sealed
    if (more := next(coming, None)) is not None:
        raise Broken(more.place, "no checkpoint seals this")


def _next(coming: Iterator[Sealed], place: int, *, before: bytes) -> tuple[bytes, bytes]:
    """Take the entry that must come now; its leaf's digest, and what the next one is chained to."""
    one = next(coming, None)
    if one is None or one.place != place:
        raise Broken(place, "missing")
    digest = leaf(one.text.encode())
    after = chain(before, digest)
    if after.hex() != one.chain:
        raise Broken(place, "changed, or not where it was")
    for what, given in (("order", one.order_id), ("proof", one.proof_id)):
        if given != _about(what, one.text):
            named = ascii(given) if given else f"no {what}"
            raise Broken(place, f"found under {named}, which it is not about")
    return digest, after


def _about(what: str, text: str) -> str | None:
    """Which order or proof an entry is about. To read all takes far longer; quotes in it are escaped."""
    _, found, rest = text.partition(f'"{what}_id":"')
    return rest.partition('"')[0] if found else None
