"""Whether a change can follow what is known of its number."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from jiebang.domain.history import History, Turn
from jiebang.domain.policy import Policy
from jiebang.domain.rejections import (
    ChangeRejected,
    InTheFuture,
    NotHeld,
    NothingToTakeBack,
    StillAging,
    StillHeld,
)
from jiebang.domain.tenure import Change, ChangeKind, Tenure, laid_out, taken_back
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused

# Found once: see `tenure.py`.
_ASSIGNED, _CORRECTED = ChangeKind.ASSIGNED, ChangeKind.CORRECTED


def admit(change: Change, *, history: History, now: datetime, policy: Policy) -> None:
    """
    Refuse a change that cannot follow what is known of its number; a valid one passes in silence.

    Raises one of `ChangeRejected`: a day is in the future when all of it is; a change goes back
    when it surely lies before one that stands and fills no gap of one taken back; an assignment is
    too early when, read as late as it can have been, it still falls within the aging period. A
    carrier can always take back what it said.
    """
    if change.at.not_before is None or change.at.not_before > now:
        raise InTheFuture
    if change.kind is _CORRECTED:
        if taken_back(change, laid_out(history.changes)) is None:
            raise NothingToTakeBack
        return
    line = history.before(change)
    _follow(change, line[-1] if line else None, policy=policy)


def _follow(change: Change, last: Tenure | None, *, policy: Policy) -> None:
    """Refuse what cannot follow the last tenure."""
    if change.kind is not _ASSIGNED:
        if last is None or last.until is not None:
            raise NotHeld
    elif last is not None and not last.returned(change):
        if last.until is None:
            raise StillHeld
        if _still_aging(last, change, policy=policy):
            raise StillAging


class Judged(NamedTuple):
    """What became of a batch: a verdict for each change, and the turns that numbers have taken."""

    verdicts: list[Verdict]
    turns: list[Turn]


def judge(
    changes: Iterable[Change], *, known: Mapping[str, list[Change]], now: datetime, policy: Policy
) -> Judged:
    """
    Judge a batch, each change after those before it; the taken ones are added to what is known.

    `known` has the history of each number by its E.164 form. A change that is known is passed over.
    Each history is replayed once, however many of the changes are about its number.
    """
    judged = Judged([], [])
    replayed: dict[str, History] = {}
    for change in changes:
        e164 = change.number.e164
        said, history = known[e164], replayed.get(e164)
        if not said and history is None and _opens(change, now):
            said.append(change)
            judged.verdicts.append(RECORDED)
        elif change in said:
            judged.verdicts.append(ALREADY)
        else:
            if history is None:
                history = replayed[e164] = History(said)
            try:
                admit(change, history=history, now=now, policy=policy)
            except ChangeRejected as refusal:
                judged.verdicts.append(refused(refusal))
                continue
            if (turn := history.add(change)) is not None:
                judged.turns.append(turn)
            judged.verdicts.append(RECORDED)
    return judged


def _opens(change: Change, now: datetime) -> bool:
    """Whether this is the first that is heard of a number: most of what there is, and soon judged."""
    begun = change.at.not_before
    return change.kind is _ASSIGNED and begun is not None and begun <= now


def _still_aging(last: Tenure, change: Change, *, policy: Policy) -> bool:
    ended = None if last.until is None else last.until.not_before
    latest = change.at.not_after
    if ended is None or latest is None:
        return False
    return latest < ended + aging(change.number.country, policy)


def aging(country: str, policy: Policy) -> timedelta:
    """How long a number of this country calling code rests between two holders."""
    by_country: Mapping[str, timedelta] = policy.aging
    return by_country.get(country, policy.aging_elsewhere)
