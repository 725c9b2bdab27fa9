"""
Habits: how often a platform has records, day by day; and what its answers make the hub doubt.

A platform that claims everybody wants to learn who asks; one that suddenly knows nobody has stopped looking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jiebang.domain.policy import Policy

_DAY = timedelta(days=1)


class Suspicion(StrEnum):
    """What a platform's answers make the hub doubt."""

    EVERYONE = "everyone"
    """It has records on nearly every number that it is asked about."""
    NOBODY = "nobody"
    """It has records on no number any more, and had on some."""
    CANARY = "canary"
    """It has records on a number that nobody holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """One day of one platform: its complete answers, and on how many numbers it had records."""

    platform_id: str
    day: datetime
    answered: int = 0
    with_records: int = 0
    canaries: int = 0
    """On how many canary numbers it had records."""


def day_of(now: datetime) -> datetime:
    """When the day began that an answer counts to, in UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def suspicions(habits: Iterable[Habit], now: datetime, *, policy: Policy) -> frozenset[Suspicion]:
    """Judge one platform by its days: today and yesterday against those before."""
    kept = list(habits)
    lately = [one for one in kept if one.day > now - 2 * _DAY]
    before = [one for one in kept if one.day <= now - 2 * _DAY]
    found = set()
    if any(one.canaries for one in kept):
        found.add(Suspicion.CANARY)
    answered, known = _sum(lately)
    if answered >= policy.suspect_answers and 100 * known >= policy.suspect_percent * answered:
        found.add(Suspicion.EVERYONE)
    past, past_known = _sum(before)
    # As many as there would be if nothing had changed: that none comes by chance is one in e to that.
    if known == 0 and past and past_known * answered >= policy.suspect_expected * past:
        found.add(Suspicion.NOBODY)
    return frozenset(found)


def _sum(habits: Iterable[Habit]) -> tuple[int, int]:
    counted = [(one.answered, one.with_records) for one in habits]
    return sum(one for one, _ in counted), sum(one for _, one in counted)
