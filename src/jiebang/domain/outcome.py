"""Outcome: what a platform says of an order; the hub records it, the agent sends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.errors import Unproven
from jiebang.domain.order import Denial, Order, State


class FalseReceipt(Unproven):
    """The receipt is not your word on this order, this letter and this outcome."""


class Said(StrEnum):
    """What a platform can say of an order."""

    ACCEPTED = "accepted"
    FULFILLED = "fulfilled"
    DENIED = "denied"


_DONE = frozenset({State.FULFILLED, State.VERIFIED, State.CONTRADICTED})
_IN_FORCE: Mapping[Said, frozenset[State]] = {
    # What is overdue is still wanted: a platform that asks whether it stands must not hear that it ended.
    Said.ACCEPTED: _DONE | {State.IN_PROGRESS, State.EXPIRED, State.ESCALATED},
    Said.FULFILLED: _DONE,
    Said.DENIED: frozenset({State.DENIED}),
}
"""In which states an outcome says nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a platform says of one order, and when that was by its own clock."""

    order_id: str
    said: Said
    at: datetime
    reason: Denial | None = None
    words: str | None = None
    letter: str | None = None
    """The fingerprint of the letter that the platform acted on; see `wire.tokens`."""
    receipt: str | None = None
    """The platform's signature under all of this, once it was found right; `None` where it is not."""
    attempt: int | None = None
    """Which attempt it is about; without one, about the latest."""

    def check_receipt(self, *letters: str) -> None:
        """Refuse with `FalseReceipt` what is not signed, or is signed for none of these letters."""
        if self.receipt is None or self.letter not in letters:
            raise FalseReceipt

    def is_late_for(self, order: Order) -> bool:
        """Whether this is about an attempt that is over, and of which the letter is not known any more."""
        return self.attempt is not None and self.attempt < order.attempt

    def says_nothing_new_of(self, order: Order, now: datetime, *, done_at: datetime | None = None) -> bool:
        """
        Whether the order is in a state already that this outcome would bring it to, or past it.

        `done_at` is when, by its own clock, the platform last said of an escalated order that it was done:
        what it says of a later time is new, and what it said then was found untrue.
        """
        again = self.said is Said.FULFILLED and done_at is not None and self.at <= done_at
        return again or order.state_at(now) in _IN_FORCE[self.said]

    def applied_to(self, order: Order, now: datetime) -> Order:
        """The order after this outcome; refuses with `OrderEnded` a move that cannot happen."""
        if self.said is Said.ACCEPTED:
            return order.accept(now)
        if self.said is Said.FULFILLED:
            return order.fulfil(now)
        return order.deny(now, reason=self.reason or Denial.OTHER, words=self.words)
