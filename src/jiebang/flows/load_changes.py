"""A carrier reports what happened to numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jiebang.domain.admission import judge
from jiebang.domain.policy import Policy
from jiebang.domain.signal import doubtful, signals_of
from jiebang.domain.tenure import Change
from jiebang.domain.verdict import ALREADY, Fate, Verdict
from jiebang.store import departures, numbers, signals
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True)
class Marked:
    """Changes with a mark for each: one whose mark is known is passed over, whatever it says."""

    changes: Sequence[Change]
    marks: Sequence[str]


def load_changes(
    database: Database,
    carrier_id: str,
    *,
    changes: Sequence[Change] | Marked,
    now: datetime,
    policy: Policy,
    secret: bytes | None = None,
) -> list[Verdict]:
    """
    Take a batch of changes in, each judged on its own after those before it.

    A change that contradicts what is known is refused with one of `ChangeRejected`, the others are
    kept; a change that was reported before, or that bears a mark that is known, is passed over, so
    the same batch again changes nothing. What was begun in a tenure that has ended by this, ends with
    it; what others were told and is true no more, is told to nobody else. `secret` keys the hash under
    which choices are remembered: without it they are not erased then, and are only shown to nobody.
    """
    told = changes if isinstance(changes, Marked) else Marked(changes, ())
    said, marks = [change._replace(carrier_id=carrier_id) for change in told.changes], told.marks
    with database.write() as connection:
        numbers.lock(connection)
        seen = numbers.marked(connection, carrier_id, marks=set(marks)) if marks else set()
        verdicts = [ALREADY] * len(said)
        judged = _new(marks, seen) if marks else list(range(len(said)))
        known = numbers.histories(connection, [said[at].number for at in judged])
        found, turns = judge([said[at] for at in judged], known=known, now=now, policy=policy)
        for at, verdict in zip(judged, found, strict=True):
            verdicts[at] = verdict
        kept = [at for at in judged if verdicts[at].fate is Fate.RECORDED]
        new = [said[at] for at in kept]
        new_marks = [marks[at] for at in kept] if marks else ()
        numbers.append(connection, new, carrier_id=carrier_id, now=now, marks=new_marks)
        departures.end(connection, new, known=known, by=carrier_id, now=now, secret=secret)
        signals.leave(connection, signals_of(turns), carrier_id=carrier_id, now=now)
        signals.review(connection, doubtful(turns), carrier_id=carrier_id, now=now)
    return verdicts


def _new(marks: Sequence[str], seen: set[str]) -> list[int]:
    """Where the marks stand that were not seen before, each for the first time; an empty one is none."""
    known, found = set(seen), []
    for at, mark in enumerate(marks):
        if not mark or mark not in known:
            found.append(at)
            known.add(mark)
    return found
