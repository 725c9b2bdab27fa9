"""Departure: a number has left whoever held it, and what they had begun for it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from jiebang.domain.errors import Conflict
from jiebang.domain.tenure import Change, ChangeKind, Tenure

_TICK = timedelta(microseconds=1)
_TURNING = (ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED)


class NumberLeft(Conflict):
    """The carrier says that this number has left its holder."""


def ends_before(line: Sequence[Tenure], now: datetime) -> datetime | None:
    """
    Before which instant whatever was begun for a number ends now; `None` when nothing does.

    `line` is what is known of the number's tenures. What may have been begun by somebody who holds it
    no longer ends with them, also where it is not sure: to order again costs the holder little, and an
    order in a stranger's name could cost them an account. What was begun after a tenure that has
    ended was not begun in it: somebody new may hold the number whom no carrier has reported yet.
    """
    if not line:
        return now + _TICK  # all that was known has been taken back
    last = line[-1]
    if last.until is not None:
        return (last.until.not_after or now) + _TICK
    earlier = line[-2].until if len(line) > 1 else None
    if earlier is None or earlier.surely_before(last.since) or last.since.not_after is None:
        return last.since.not_before
    return last.since.not_after + _TICK


def told_since(line: Sequence[Tenure], now: datetime) -> datetime | None:
    """
    From when on what was begun for a number is told to whoever proves it now; `None` where all of it is.

    What an earlier holder did is not for a later one to see, whether or not a carrier has reported that
    one yet. Where no carrier has ever told of the number, nobody is known to be later.
    """
    last = line[-1] if line else None
    if last is None or last.until is None:
        return last.since.not_before if last else None
    return ends_before(line, now)


def may_end(change: Change, since: datetime) -> bool:
    """Whether a change can end anything that was begun since an instant: of what a file tells, little can."""
    if change.kind is ChangeKind.CORRECTED:
        return True
    return change.kind in _TURNING and (change.at.not_after is None or change.at.not_after >= since)


def require_not_left(line: Sequence[Tenure]) -> None:
    """Refuse with `NumberLeft` what only a holder can say, while nobody is known to be one any more."""
    if line and line[-1].until is not None:
        raise NumberLeft


def require_held(line: Sequence[Tenure], now: datetime) -> None:
    """Refuse with `NumberLeft` what would be begun in a tenure that has ended, as far as is known."""
    until = line[-1].until if line else None
    if until is not None and until.not_after is not None and now <= until.not_after:
        raise NumberLeft
