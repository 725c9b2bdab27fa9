"""Whether a change can follow what is known of its number."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.domain.rejections import (
    ChangeRejected,
    GoesBack,
    InTheFuture,
    NotHeld,
    NothingToTakeBack,
    StillAging,
    StillHeld,
)
from jiebang.domain.tenure import Change, ChangeKind, Tenure, aging, laid_out, place_for, replayed, taken_back
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused


def admit(change: Change, *, history: Sequence[Change], now: datetime, policy: Policy) -> None:
    """
    Refuse a change that cannot follow what is known of its number; a valid one passes in silence.

    Raises one of `ChangeRejected`: a day is in the future when all of it is; a change goes back
    when it surely lies before one that stands and fills no gap of one taken back; an assignment is
    too early when, read as late as it can have been, it still falls within the aging period. A
    carrier can always take back what it said.
    """
    if change.at.not_before is None or change.at.not_before > now:
        raise InTheFuture
    if change.kind is ChangeKind.CORRECTED:
        if taken_back(change, laid_out(history)) is None:
            raise NothingToTakeBack
        return
    line = replayed(_before(change, history))
    _follow(change, line[-1] if line else None, policy=policy)


def _follow(change: Change, last: Tenure | None, *, policy: Policy) -> None:
    """Refuse what cannot follow the last tenure."""
    if change.kind is not ChangeKind.ASSIGNED:
        if last is None or last.until is not None:
            raise NotHeld
    elif last is not None and not _returned(last, change):
        if last.until is None:
            raise StillHeld
        if _still_aging(last, change, policy=policy):
            raise StillAging


def judge(
    changes: Iterable[Change], *, known: Mapping[str, list[Change]], now: datetime, policy: Policy
) -> list[Verdict]:
    """
    Judge a batch, each change after those before it; the taken ones are added to what is known.

    `known` has the history of each number by its E.164 form. A change that is known is passed over.
    """
    done: list[Verdict] = []
    for change in changes:
        history = known[change.number.e164]
        if not history and _opens(change, now):
            history.append(change)
            done.append(RECORDED)
            continue
        if change in history:
            done.append(ALREADY)
            continue
        try:
            admit(change, history=history, now=now, policy=policy)
        except ChangeRejected as refusal:
            done.append(refused(refusal))
            continue
        history.append(change)
        done.append(RECORDED)
    return done


def _opens(change: Change, now: datetime) -> bool:
    """Whether this is the first that is heard of a number: most of what there is, and soon judged."""
    begun = change.at.not_before
    return change.kind is ChangeKind.ASSIGNED and begun is not None and begun <= now


def _before(change: Change, history: Sequence[Change]) -> Sequence[Change]:
    """List what stands before the place where the change belongs."""
    goes_back = False
    for earlier in history:
        if earlier.kind is ChangeKind.CORRECTED:
            line = laid_out(history)
            return [place for place in line[: place_for(change, line)] if isinstance(place, Change)]
        goes_back = goes_back or change.at.surely_before(earlier.at)
    if goes_back:
        raise GoesBack
    return history


def _returned(last: Tenure, change: Change) -> bool:
    """Whether the number goes to whoever has it, or had it last."""
    return last.holder is not None and last.holder == change.holder


def _still_aging(last: Tenure, change: Change, *, policy: Policy) -> bool:
    ended = None if last.until is None else last.until.not_before
    latest = change.at.not_after
    if ended is None or latest is None:
        return False
    return latest < ended + aging(change.number.country, policy)
