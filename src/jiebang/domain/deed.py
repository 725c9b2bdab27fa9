"""
Deeds: what a front did for a holder, or was shown, as its holder is told of it.

The journal keeps them under the proof that the front was given, and names no number; a proof knows its own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.journal import HOLDER, Entry
from jiebang.domain.party import Party
from jiebang.domain.proof import Proof
from jiebang.domain.showing import ShownBy


class DeedKind(StrEnum):
    """What a front can have done; the journal has those about one order among that order's steps."""

    PROOF_SHOWN = "proof:shown"
    QUERY_PUT = "query:put"
    ORDER_PLACED = "order:placed"
    ORDER_REVOKED = "order:revoked"
    ORDERS_SEEN = "orders:seen"
    CHOICE_MADE = "choice:made"
    CHECKLIST_SEEN = "checklist:seen"
    STATEMENT_MADE = "statement:made"
    EVIDENCE_TAKEN = "evidence:taken"
    NUMBER_FORGOTTEN = "number:forgotten"


SEEN = frozenset({DeedKind.ORDERS_SEEN, DeedKind.CHECKLIST_SEEN})
"""What is noted once for each proof: a front that waits for news looks again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One of them."""

    kind: DeedKind
    at: datetime
    front: Party
    shown_by: ShownBy | None = None
    """How the number was shown; `None` where this is no showing."""
    asserted: bool = False
    """Whether the hub has only the front's word for it."""
    order_id: str | None = None
    """Which order was placed, or taken back."""


def done(proof: Proof, kind: DeedKind, *, at: datetime, orders: int | None = None) -> Entry:
    """
    Write down what was done by a proof: by the holder at the portal, or by a front for them.

    Only a front's names the proof: what a holder does at the portal is theirs, and nobody has to find it.
    """
    said = {} if orders is None else {"orders": orders}
    named = proof.id if proof.front_id else None
    return Entry(at=at, what=kind.value, by=proof.front_id or HOLDER, proof_id=named, said=said)
