"""A number's history, replayed into tenures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from jiebang.domain.number import Number
from jiebang.domain.rejections import GoesBack
from jiebang.domain.span import Span


class ChangeKind(StrEnum):
    """What can happen to a line, and `corrected`: what a carrier said did not happen."""

    ASSIGNED = "assigned"
    PORTED = "ported"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    DISCONNECTED = "disconnected"
    CORRECTED = "corrected"


# In Python 3.11 it takes four times as long to find a member of an enum as a name of a module.
_ASSIGNED, _DISCONNECTED, _CORRECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED, ChangeKind.CORRECTED


class Change(NamedTuple):
    """One fact that a carrier reports about a number."""

    number: Number
    kind: ChangeKind
    at: Span
    """When it happened; of a correction, when the change that is taken back was said to have happened."""
    holder: str | None = None
    """The carrier's own opaque reference to the holder; the same of the same carrier is the same person."""
    takes_back: ChangeKind | None = None
    """What a correction takes back."""
    carrier_id: str | None = None
    """Who said so; only they can take it back."""


class Tenure(NamedTuple):
    """An unbroken stretch of one holder holding one number; `until` is `None` while it lasts."""

    since: Span
    until: Span | None = None
    holder: str | None = None
    carrier_id: str | None = None
    """Whose reference `holder` is: what another carrier calls the same is somebody else."""

    def began_after(self, at: datetime) -> bool:
        """Whether it surely began after an instant: what was done then, its holder did not do."""
        return self.since.not_before is not None and at < self.since.not_before

    def returned(self, change: Change) -> bool:
        """Whether an assignment is surely to the same holder: of one without a name, nobody can tell."""
        return change.holder is not None and self[2:] == (change.holder, change.carrier_id)

    def ended(self, until: Span | None) -> "Tenure":
        """Write down when it ended; `None` when it has not, after all."""
        return Tenure(self.since, until, self.holder, self.carrier_id)


Tenures = tuple[Tenure, ...]
"""A number's tenures, oldest first."""


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where a change stood that was taken back: what comes in its place need not come last."""

    kind: ChangeKind


_Place = Change | _Gap


def tenures(history: Iterable[Change]) -> list[Tenure]:
    """
    Replay a number's history into tenures, oldest first; `history` is in the order of its reports.

    Porting and suspension leave a tenure whole: the line changed, the holder did not. Only an
    assignment opens a tenure; only a disconnection, or an assignment to someone else, closes it; and
    an assignment to whoever had it last takes theirs up again, as if it had never been closed. Whoever
    takes a number over calls its holder otherwise from then on. What was taken back never happened.
    """
    return replayed(standing(history))


def replayed(stood: Iterable[Change]) -> list[Tenure]:
    """Replay what stands, in the order in which it happened, into tenures."""
    line: Tenures = ()
    for change in stood:
        line = continued(line, change)
    return list(line)


def continued(line: Tenures, change: Change) -> Tenures:
    """Replay one more change: gives the very same tenures where it leaves them as they were."""
    last = line[-1] if line else None
    if change.kind is _ASSIGNED:
        begun = Tenure(since=change.at, holder=change.holder, carrier_id=change.carrier_id)
        if last is None:
            return (begun,)
        if not last.returned(change):
            return (*line[:-1], last.ended(last.until or change.at), begun)
        return line if last.until is None else (*line[:-1], last.ended(None))
    return line if last is None or (same := _went_on(last, change)) is last else (*line[:-1], same)


def _went_on(last: Tenure, change: Change) -> Tenure:
    """Say what the last tenure becomes; a port comes before an end that it does not surely follow."""
    if change.kind is _DISCONNECTED and last.until is None:
        return last.ended(change.at)
    taken_over = change.kind is ChangeKind.PORTED and change.carrier_id != last.carrier_id
    if taken_over and (last.until is None or not last.until.surely_before(change.at)):
        return last._replace(holder=change.holder, carrier_id=change.carrier_id)
    return last


def present(history: Iterable[Change]) -> Tenure | None:
    """The tenure that lasts; `None` when nobody is known to hold the number."""
    known = tenures(history)
    return known[-1] if known and known[-1].until is None else None


def held_at(history: Iterable[Change], at: datetime) -> Tenure | None:
    """The tenure that an instant lies in, or may lie in; `None` when nobody can have held the number then."""
    begun = [one for one in tenures(history) if one.since.not_before is None or one.since.not_before <= at]
    last = begun[-1] if begun else None
    ended = last.until.not_after if last is not None and last.until is not None else None
    return None if ended is not None and ended < at else last


def standing(history: Iterable[Change]) -> Sequence[Change]:
    """
    List what still stands, in the order in which it happened; `history` is in the order of its reports.

    Sorting would be wrong: of a day and an instant within it, only the reports say which was first.
    So a change comes after those reported before it, unless it fills the gap of one taken back.
    """
    reported = list(history)
    if not any(change.kind is _CORRECTED for change in reported):
        return reported
    return [place for place in laid_out(reported) if isinstance(place, Change)]


def laid_out(history: Iterable[Change]) -> list[_Place]:
    """Lay a history out, with the gaps that corrections have left in it."""
    line: list[_Place] = []
    for change in history:
        if change.kind is _CORRECTED:
            if (at := taken_back(change, line)) is not None:
                line[at] = _Gap(change.takes_back or change.kind)
        else:
            line[(at := place_for(change, line)) : at + 1] = [change]
    return line


def taken_back(correction: Change, line: Sequence[_Place]) -> int | None:
    """Where the change stands that a correction takes back, the last where there are several."""
    for at in range(len(line) - 1, -1, -1):
        said = line[at]
        if (
            isinstance(said, Change)
            and (said.kind, said.at, said.carrier_id)
            == (correction.takes_back, correction.at, correction.carrier_id)
            and correction.holder in {None, said.holder}
        ):
            return at
    return None


def place_for(change: Change, line: Sequence[_Place]) -> int:
    """
    Where a change belongs: in a gap of its kind that it fits, else at the end, else in any gap.

    Refuses with `GoesBack` one that surely lies before what stands, and fits no gap.
    """
    last = len(line)
    gaps = [at for at in range(last) if isinstance(line[at], _Gap) and _fits(change, line, at=at)]
    alike = [at for at in gaps if line[at].kind is change.kind]
    if alike:
        return alike[-1]
    if _fits(change, line, at=last):
        return last
    if not gaps:
        raise GoesBack
    return gaps[-1]


def _fits(change: Change, line: Sequence[_Place], *, at: int) -> bool:
    before = [place for place in line[:at] if isinstance(place, Change)]
    after = [place for place in line[at + 1 :] if isinstance(place, Change)]
    return not any(change.at.surely_before(one.at) for one in before) and not any(
        one.at.surely_before(change.at) for one in after
    )
