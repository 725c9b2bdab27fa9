"""One question to many platforms, and how each of them stands with its answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.number import Number
from jiebang.domain.policy import Policy


class Standing(StrEnum):
    """How a platform stands with its answer. Silence is never the same as "nothing found"."""

    WAITING = "waiting"
    ANSWERED = "answered"
    SLOW = "slow"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question which records use a number, put by its holder, or by the hub as its second look."""

    id: str
    number: Number
    asked_at: datetime
    proof_id: str | None = None
    """The proof under which the holder asked; `None` for a second look."""
    order_id: str | None = None
    """The order that this is the second look at; `None` for a holder's question."""

    def answer_by(self, policy: Policy) -> datetime:
        """When a platform that has not answered counts as slow."""
        return self.asked_at + policy.answer_slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One platform that a query was put to."""

    query_id: str
    platform_id: str
    answered_at: datetime | None = None
    """When the platform said that its answer is complete."""

    def standing_at(self, now: datetime, *, asked_at: datetime, policy: Policy) -> Standing:
        """Derive how the platform stands at `now` from what is stored."""
        if self.answered_at is not None:
            return Standing.ANSWERED
        if now >= asked_at + policy.answer_silent:
            return Standing.SILENT
        return Standing.SLOW if now >= asked_at + policy.answer_slow else Standing.WAITING
