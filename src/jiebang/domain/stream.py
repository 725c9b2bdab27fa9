"""Stream: how a platform takes its letters (OpenID Shared Signals Framework 1.0)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jiebang.domain.errors import NotAllowed, VerifiedTooOften
from jiebang.domain.letter import Event, Letter
from jiebang.domain.policy import Policy


class DefaultSubjects(StrEnum):
    """Whose signals a stream carries before any subject is added or taken off (SSF 1.0 §7.1)."""

    ALL = "ALL"
    NONE = "NONE"


class StreamStatus(StrEnum):
    """Whether letters are handed over (SSF 1.0 §8.1.2); those of a resting stream wait, none is dropped."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


REASON = 500
"""How many characters may say why a stream rests, or what it is."""

SUPPORTED: tuple[Event, ...] = (
    Event.BINDINGS_ASKED,
    Event.UNBIND_ORDERED,
    Event.DEREGISTER_ORDERED,
    Event.ORDER_REVOKED,
    Event.ORDER_OVERDUE,
    Event.NUMBER_DISCONNECTED,
    Event.IDENTIFIER_RECYCLED,
)
"""What a platform may ask its stream to carry; verification is always carried."""

SIGNALS: tuple[Event, ...] = (Event.NUMBER_DISCONNECTED, Event.IDENTIFIER_RECYCLED)
"""What is told to every stream that asks for it; the rest is for one platform."""


class ReceiverInside(NotAllowed):
    """This hub posts no letters to addresses inside a network of its operator's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Where letters are posted to (RFC 8935), and what shows the platform that it is us."""

    url: str
    locked: str | None = field(default=None, repr=False)
    """What is sent as `Authorization`, locked for this URL; it is opened only to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One platform's stream and what the platform wants on it."""

    id: str
    platform_id: str
    events_requested: tuple[str, ...]
    status: StreamStatus = StreamStatus.ENABLED
    reason: str | None = None
    description: str | None = None
    verified_at: datetime | None = None
    default_subjects: DefaultSubjects = DefaultSubjects.ALL
    push: Push | None = None
    """Where the hub posts letters to; `None` where the platform polls."""

    @property
    def events_delivered(self) -> tuple[Event, ...]:
        """What the stream carries: of what was requested, what the hub supports."""
        return tuple(event for event in SUPPORTED if event.value in self.events_requested)

    @property
    def signals_delivered(self) -> tuple[Event, ...]:
        """Which signals the stream carries."""
        return tuple(event for event in self.events_delivered if event in SIGNALS)

    def verify(self, now: datetime, *, jti: str, state: str | None, policy: Policy) -> Letter:
        """Write the letter that shows a stream works; refuses with `VerifiedTooOften`."""
        next_at = None if self.verified_at is None else self.verified_at + policy.verify_every
        if next_at is not None and now < next_at:
            raise VerifiedTooOften(next_at)
        said = {} if state is None else {"state": state}
        return Letter(
            jti=jti, platform_id=self.platform_id, event=Event.VERIFICATION, said=said,
            written_at=now, leave_at=now,
        )  # fmt: skip

    def updated(self, now: datetime, *, jti: str) -> Letter:
        """Write the letter that tells a status which the hub has set (SSF 1.0 §8.1.5)."""
        said = {"status": self.status.value} | ({"reason": self.reason} if self.reason else {})
        return Letter(
            jti=jti, platform_id=self.platform_id, event=Event.STREAM_UPDATED, said=said,
            written_at=now, leave_at=now,
        )  # fmt: skip
