"""One question to many platforms, and how each of them stands with its answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.calendar import Calendar
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

    @property
    def is_canary(self) -> bool:
        """Whether it is about a number that nobody holds: neither a holder's question nor a second look."""
        return self.proof_id is None and self.order_id is None

    def put_to(self, platform_id: str, *, calendar: Calendar, policy: Policy) -> "Asked":
        """Put the question to a platform, which is slow when so many of its working hours have gone by."""
        slow_at = calendar.after_working(policy.answer_slow, since=self.asked_at, policy=policy)
        return Asked(query_id=self.id, platform_id=platform_id, slow_at=slow_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One platform that a query was put to."""

    query_id: str
    platform_id: str
    slow_at: datetime
    """When it counts as slow if it has not answered; kept, since calendars and rules change."""
    answered_at: datetime | None = None
    """When the platform said that its answer is complete."""
    partly_at: datetime | None = None
    """When it last said a part, and that it cannot say whether that is all."""

    @property
    def is_partly(self) -> bool:
        """Whether the platform has said only what it has seen so far: "none" is not "nothing" then."""
        return self.answered_at is None and self.partly_at is not None

    def standing_at(self, now: datetime, *, asked_at: datetime, policy: Policy) -> Standing:
        """
        Derive how the platform stands at `now` from what is stored.

        Nobody is silent before they are slow, though over a holiday that may come later.
        """
        if self.answered_at is not None:
            return Standing.ANSWERED
        if now < self.slow_at:
            return Standing.WAITING
        return Standing.SILENT if now >= asked_at + policy.answer_silent else Standing.SLOW
