"""Stream: how a platform takes its letters (OpenID Shared Signals Framework 1.0)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.errors import VerifiedTooOften
from jiebang.domain.letter import Event, Letter
from jiebang.domain.policy import Policy


class StreamStatus(StrEnum):
    """Whether letters are handed over (SSF 1.0 §8.1.2); those of a resting stream wait, none is dropped."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


SUPPORTED: tuple[Event, ...] = (
    Event.BINDINGS_ASKED,
    Event.UNBIND_ORDERED,
    Event.DEREGISTER_ORDERED,
    Event.ORDER_REVOKED,
)
"""What a platform may ask its stream to carry; verification is always carried."""


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

    @property
    def events_delivered(self) -> tuple[Event, ...]:
        """What the stream carries: of what was requested, what the hub supports."""
        return tuple(event for event in SUPPORTED if event.value in self.events_requested)

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
