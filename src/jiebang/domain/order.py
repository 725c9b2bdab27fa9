"""Unbind or deregister: an instruction about one binding, its states and its table of moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.errors import OrderEnded
from jiebang.domain.number import Number
from jiebang.domain.span import Span


class State(StrEnum):
    """Where an order stands: the Data Rights Protocol's words (§3.02), and our second look's three."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    VERIFIED = "verified"
    CONTRADICTED = "contradicted"
    ESCALATED = "escalated"
    DENIED = "denied"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Verb(StrEnum):
    """What can happen to an order."""

    ACCEPT = "accept"
    FULFIL = "fulfil"
    DENY = "deny"
    REVOKE = "revoke"
    EXPIRE = "expire"
    VERIFY = "verify"
    CONTRADICT = "contradict"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    LAPSE = "lapse"


class Denial(StrEnum):
    """Why a platform declines an order."""

    NO_MATCH = "no_match"
    LAST_LOGIN = "last_login"
    OPEN_OBLIGATION = "open_obligation"
    LEGAL_HOLD = "legal_hold"
    OBJECTION = "objection"
    SUSPECTED_FRAUD = "suspected_fraud"
    UNSUPPORTED = "unsupported"
    OTHER = "other"


MOVES: Mapping[tuple[State, Verb], State] = MappingProxyType(
    {
        (State.OPEN, Verb.ACCEPT): State.IN_PROGRESS,
        (State.OPEN, Verb.FULFIL): State.FULFILLED,
        (State.OPEN, Verb.DENY): State.DENIED,
        (State.OPEN, Verb.REVOKE): State.REVOKED,
        (State.OPEN, Verb.EXPIRE): State.EXPIRED,
        (State.IN_PROGRESS, Verb.FULFIL): State.FULFILLED,
        (State.IN_PROGRESS, Verb.DENY): State.DENIED,
        (State.IN_PROGRESS, Verb.REVOKE): State.REVOKED,
        (State.IN_PROGRESS, Verb.EXPIRE): State.EXPIRED,
        # Late is worse than in time and better than never: what was done is told as done.
        (State.EXPIRED, Verb.FULFIL): State.FULFILLED,
        (State.EXPIRED, Verb.DENY): State.DENIED,
        # Only what is not settled can lapse; late or not, it is not the platform's to do any more.
        (State.OPEN, Verb.LAPSE): State.REVOKED,
        (State.IN_PROGRESS, Verb.LAPSE): State.REVOKED,
        (State.EXPIRED, Verb.LAPSE): State.REVOKED,
        (State.ESCALATED, Verb.LAPSE): State.REVOKED,
        (State.FULFILLED, Verb.VERIFY): State.VERIFIED,
        (State.FULFILLED, Verb.CONTRADICT): State.CONTRADICTED,
        (State.CONTRADICTED, Verb.REOPEN): State.OPEN,
        (State.CONTRADICTED, Verb.ESCALATE): State.ESCALATED,
        # What people have seen to ends as they say: done after all, which is looked at again, or not to be.
        (State.ESCALATED, Verb.FULFIL): State.FULFILLED,
        (State.ESCALATED, Verb.DENY): State.DENIED,
        (State.ESCALATED, Verb.REVOKE): State.REVOKED,
    }
)
"""Every move there is; what is not here cannot happen. The picture in the docs is drawn from this."""

LIVE = (State.OPEN, State.IN_PROGRESS)
"""States in which the platform still owes an outcome."""

UNSETTLED = tuple(state for state, verb in MOVES if verb is Verb.LAPSE)
"""States in which an order cannot outlive the tenure that it was placed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An instruction about one binding, as it was placed, and where it has come to."""

    id: str
    kind: OrderKind
    platform_id: str
    number: Number
    handle: str
    record_kind: RecordKind
    label: str
    origin: Origin
    """Whose the record was when the order was placed; what it allowed is judged by this."""
    state: State
    placed_at: datetime
    due: datetime
    leave_at: datetime
    """When the platform hears of it; until then the holder can take it back unheard."""
    object_until: datetime | None = None
    """Until when the account's owner may object; only where the origin is uncertain."""
    proof_id: str | None = None
    front_id: str | None = None
    """Through which front it was placed; `None` is the hub's own portal."""
    reason: Denial | None = None
    words: str | None = None
    """What the platform adds to a denial."""
    bound: Span | None = None
    """When the record was bound; a carrier's correction makes the hub judge the origin again."""
    attempt: int = 1
    """Which time it is that the platform is told to do this; what was said of an earlier time is over."""

    def state_at(self, now: datetime) -> State:
        """Derive the state: an order is expired the instant it is due, swept or not."""
        return State.EXPIRED if self.state in LIVE and now >= self.due else self.state

    def waits_for_objection(self, now: datetime) -> bool:
        """Whether the account's owner may still object, and the platform has nothing to do yet."""
        return self.object_until is not None and now < self.object_until

    def accept(self, now: datetime) -> "Order":
        """The platform has taken the order in."""
        return self._moved(Verb.ACCEPT, now)

    def fulfil(self, now: datetime) -> "Order":
        """The platform says that the number is off, or the account closed."""
        return self._moved(Verb.FULFIL, now)

    def deny(self, now: datetime, *, reason: Denial, words: str | None = None) -> "Order":
        """The platform declines, and says why."""
        return replace(self._moved(Verb.DENY, now), reason=reason, words=words)

    def revoke(self, now: datetime) -> "Order":
        """The holder takes the order back."""
        return self._moved(Verb.REVOKE, now)

    def lapse(self, now: datetime) -> "Order":
        """The number has left the holder who placed the order: it is revoked, by their carrier's report."""
        return self._moved(Verb.LAPSE, now)

    def expire(self, now: datetime) -> "Order":
        """The sweep writes down what `state_at` already says."""
        return replace(self, state=self.state_at(now))

    def look_again(self, now: datetime, *, still_there: bool) -> "Order":
        """The hub's second look: `contradicted` when the record still uses the number."""
        return self._moved(Verb.CONTRADICT if still_there else Verb.VERIFY, now)

    def reopen(self, now: datetime, *, due: datetime) -> "Order":
        """The hub insists: the platform is told at once to do the same again, until a new deadline."""
        return replace(self._moved(Verb.REOPEN, now), attempt=self.attempt + 1, leave_at=now, due=due)

    def escalate(self, now: datetime) -> "Order":
        """The hub can do no more by itself, and hands the order to people."""
        return self._moved(Verb.ESCALATE, now)

    def _moved(self, verb: Verb, now: datetime) -> "Order":
        if (to := MOVES.get((self.state_at(now), verb))) is None:
            raise OrderEnded
        return replace(self, state=to)
