"""What the hub makes of one item of a batch: recorded, there already, or refused."""

from dataclasses import dataclass
from enum import StrEnum

from jiebang.domain.errors import Refusal


class Fate(StrEnum):
    """How one item of a batch fared."""

    RECORDED = "recorded"
    ALREADY = "already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One item's fate; `refusal` says why where it was refused."""

    fate: Fate
    refusal: Refusal | None = None


RECORDED = Verdict(Fate.RECORDED)
ALREADY = Verdict(Fate.ALREADY)


def refused(refusal: Refusal) -> Verdict:
    """An item that was declined; it changed nothing, and the others are judged without it."""
    return Verdict(Fate.REFUSED, refusal)
