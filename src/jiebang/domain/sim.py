"""What a number's carrier says of its SIM: whoever has just got another one may not be the holder."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jiebang.domain.errors import TooSoon, Unproven
from jiebang.domain.policy import Policy


class SimSwapped(TooSoon):
    """The SIM of this number was changed a short while ago, so no account can be closed from here yet."""


class SimUnchecked(Unproven):
    """Whether the SIM was changed lately could not be checked with the carrier; please try again later."""


class Heard(StrEnum):
    """What came of asking."""

    TOLD = "told"
    SILENT = "silent"
    """A carrier that can be asked did not answer."""
    NOBODY = "nobody"
    """No carrier of the number's can be asked."""


class SimChange(StrEnum):
    """Whether the SIM was changed lately, as the journal says it."""

    YES = "yes"
    NO = "no"
    NOT_POSSIBLE = "not_possible"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Sim:
    """What was heard of a SIM."""

    heard: Heard
    changed_at: datetime | None = None
    """When it was last changed; `None` where it was not, or not within what the carrier keeps."""
    watched: timedelta | None = None
    """How far back a carrier looks that names no change; `None` where none has said so."""

    def change(self, now: datetime, policy: Policy) -> SimChange:
        """Say whether it was changed lately."""
        if self.heard is Heard.NOBODY:
            return SimChange.NOT_ASKED
        if self.changed_at is not None and now < self.changed_at + policy.sim_swap:
            return SimChange.YES
        sees_enough = self.watched is None or self.watched >= policy.sim_swap
        return SimChange.NO if self.heard is Heard.TOLD and sees_enough else SimChange.NOT_POSSIBLE

    def require_settled(self, now: datetime, policy: Policy) -> None:
        """
        Refuse with `SimSwapped` or `SimUnchecked` what a thief of the number could do.

        A carrier that does not answer stops it as well: else whoever can silence it gets past. So does one
        that names no change and looks less far back than the policy does.
        """
        change = self.change(now, policy)
        if change is SimChange.NOT_POSSIBLE:
            raise SimUnchecked
        if change is SimChange.YES and self.changed_at is not None:
            raise SimSwapped(self.changed_at + policy.sim_swap)


NOBODY = Sim(Heard.NOBODY)
SILENT = Sim(Heard.SILENT)
