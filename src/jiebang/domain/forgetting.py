"""Forgetting: what the hub holds about a number, until when, and what stands for the number afterwards."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jiebang.domain.number import Number, keyed_text
from jiebang.domain.order import LIVE, State

_HASHED_BYTES = 12

CLOSED = tuple(state for state in State if state not in {*LIVE, State.ESCALATED})
"""States in which an order is over and can be forgotten one day: not while people are seeing to it."""


class HeldKind(StrEnum):
    """What a hub can hold about a number."""

    PROOFS = "proofs"
    DEEDS = "deeds"
    SESSIONS = "sessions"
    TEXTS = "texts"
    QUERIES = "queries"
    ANSWERS = "answers"
    OPEN_ORDERS = "open_orders"
    CLOSED_ORDERS = "closed_orders"
    RECEIPTS = "receipts"
    LETTERS = "letters"
    CHOICES = "choices"
    STATEMENTS = "statements"
    SUBJECTS = "subjects"
    CHANGES = "changes"
    SIGNALS = "signals"
    CLEARANCES = "clearances"
    TALLIES = "tallies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """So many things of one kind, and until when; `None` where that is no matter of time."""

    kind: HeldKind
    count: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What keys the hashes under which a hub remembers a number."""

    number: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    limit: bytes = field(repr=False)


def hashed(number: Number, *, secret: bytes) -> str:
    """
    Write a number as it stands in an order that is forgotten: keyed, and as long as a number may be.

    With the hub's key one can still tell which orders were about one number; without it, nothing. It is
    not the hash under which choices are remembered, so that those do not tell either.
    """
    return keyed_text(f"order {number.e164}", secret=secret, length=_HASHED_BYTES)
