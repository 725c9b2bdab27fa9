"""Text: what is sent to a number by SMS. It carries a code, or reminds of a deregistration."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jiebang.domain.number import Number
from jiebang.domain.proof import Proof


class TextKind(StrEnum):
    """What a text is for."""

    CODE = "code"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A text with the one-time code of a proof."""

    ids: tuple[str, ...]
    proof: Proof

    @property
    def number(self) -> Number:
        """To whom it goes."""
        return self.proof.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A text that reminds a holder, once for all that were ordered together, while it can be taken back."""

    ids: tuple[str, ...]
    number: Number
    platforms: tuple[str, ...]
    """The platforms by name: whoever holds the telephone at the moment need not learn more."""
    leave_at: datetime


Text = Code | Reminder
