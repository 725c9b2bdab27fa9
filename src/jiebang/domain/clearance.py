"""Clearance: what platforms say they did about a signal, and what a carrier may learn of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from jiebang.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """
    How many records bound before the change a platform has let go, marked, and left as they are.

    All three are 0 where it found nothing. `said_at` is when the hub heard it.
    """

    cleared: int
    flagged: int
    kept: int
    said_at: datetime

    def after(self, earlier: "Clearance | None") -> "Clearance":
        """
        Add what is said now to what was said before.

        What was let go stays let go: who looks a second time, or a second agent, finds nothing more.
        """
        return self if earlier is None else replace(self, cleared=max(self.cleared, earlier.cleared))

    def says_as(self, other: "Clearance") -> bool:
        """Whether two say the same, whenever they said it."""
        return (self.cleared, self.flagged, self.kept) == (other.cleared, other.flagged, other.kept)


class Cleanness(StrEnum):
    """
    How a platform stands with a number that a carrier wants to assign again.

    Whether it had any records is not told apart: `clear` is both "let go" and "there was nothing".
    """

    CLEAR = "clear"
    LEFT = "left"
    """It said that records of earlier holders still use the number."""
    WAITING = "waiting"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a carrier learns about one disconnected number: each platform's standing, and counts over all."""

    standings: Mapping[str, Cleanness]
    cleared: int
    flagged: int
    kept: int

    def count(self, cleanness: Cleanness) -> int:
        """Count the platforms that stand so."""
        return sum(standing is cleanness for standing in self.standings.values())


def report(
    platforms: Iterable[str],
    said: Mapping[str, Clearance],
    *,
    told_at: datetime,
    now: datetime,
    policy: Policy,
) -> Report:
    """Put together what platforms said about one signal. Silence is never the same as "nothing found"."""
    late = now >= told_at + policy.clearance_due
    unheard = Cleanness.SILENT if late else Cleanness.WAITING
    return Report(
        standings={
            one: _cleanness(said[one]) if one in said else unheard for one in platforms
        },
        cleared=sum(one.cleared for one in said.values()),
        flagged=sum(one.flagged for one in said.values()),
        kept=sum(one.kept for one in said.values()),
    )  # fmt: skip


def _cleanness(said: Clearance) -> Cleanness:
    return Cleanness.LEFT if said.flagged or said.kept else Cleanness.CLEAR
