"""A number's history, replayed into tenures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from jiebang.domain.number import Number
from jiebang.domain.policy import Policy
from jiebang.domain.rejections import GoesBack, InTheFuture, NotHeld, StillAging, StillHeld
from jiebang.domain.span import Span


class ChangeKind(StrEnum):
    """What can happen to a line."""

    ASSIGNED = "assigned"
    PORTED = "ported"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact that a carrier reports about a number."""

    number: Number
    kind: ChangeKind
    at: Span
    holder: str | None = None
    """The carrier's opaque reference to the holder; the same reference is the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """An unbroken stretch of one holder holding one number; `until` is `None` while it lasts."""

    since: Span
    until: Span | None = None
    holder: str | None = None

    def began_after(self, at: datetime) -> bool:
        """Whether the tenure surely began after an instant: what was done then, its holder did not do."""
        return self.since.not_before is not None and at < self.since.not_before


def tenures(history: Iterable[Change]) -> list[Tenure]:
    """
    Replay a number's history into tenures, oldest first; `history` is in the order of its reports.

    Porting and suspension leave a tenure whole: the line changed, the holder did not. Only an
    assignment opens a tenure; only a disconnection, or an assignment to someone else, closes it.
    Sorting would be wrong: of a day and an instant within it, only the reports say which was first.
    """
    found: list[Tenure] = []
    for change in history:
        held = found[-1] if found and found[-1].until is None else None
        if change.kind is ChangeKind.ASSIGNED and not _same_holder(held, change):
            if held is not None:
                found[-1] = replace(held, until=change.at)
            found.append(Tenure(since=change.at, holder=change.holder))
        elif change.kind is ChangeKind.DISCONNECTED and held is not None:
            found[-1] = replace(held, until=change.at)
    return found


def present(history: Iterable[Change]) -> Tenure | None:
    """The tenure that lasts; `None` when nobody is known to hold the number."""
    known = tenures(history)
    return known[-1] if known and known[-1].until is None else None


def admit(change: Change, *, history: Iterable[Change], now: datetime, policy: Policy) -> None:
    """
    Refuse a change that cannot follow what is known of its number; a valid one passes in silence.

    Raises one of `ChangeRejected`: a day is in the future when all of it is; a change goes back
    when it surely lies before one that is known; an assignment is too early when, read as late
    as it can have been, it still falls within the aging period.
    """
    if change.at.not_before is None or change.at.not_before > now:
        raise InTheFuture
    known = list(history)
    if any(change.at.surely_before(earlier.at) for earlier in known):
        raise GoesBack
    line = tenures(known)
    held = line[-1] if line and line[-1].until is None else None
    if change.kind is not ChangeKind.ASSIGNED:
        if held is None:
            raise NotHeld
    elif held is not None:
        if not _same_holder(held, change):
            raise StillHeld
    elif line and _still_aging(line[-1], change, policy=policy):
        raise StillAging


def aging(country: str, policy: Policy) -> timedelta:
    """How long a number of this country calling code rests between two holders."""
    by_country: Mapping[str, timedelta] = policy.aging
    return by_country.get(country, policy.aging_elsewhere)


def _still_aging(last: Tenure, change: Change, *, policy: Policy) -> bool:
    ended = None if last.until is None else last.until.not_before
    latest = change.at.not_after
    returned = change.holder is not None and change.holder == last.holder
    if ended is None or latest is None or returned:
        return False
    return latest < ended + aging(change.number.country, policy)


def _same_holder(held: Tenure | None, change: Change) -> bool:
    return held is not None and held.holder is not None and held.holder == change.holder
