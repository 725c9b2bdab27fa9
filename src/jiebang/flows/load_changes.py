"""A carrier reports what happened to numbers."""

from collections.abc import Sequence
from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.domain.rejections import ChangeRejected
from jiebang.domain.signal import signals_of
from jiebang.domain.tenure import Change, admit
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused
from jiebang.store import numbers, signals
from jiebang.store.database import Database


def load_changes(
    database: Database, carrier_id: str, *, changes: Sequence[Change], now: datetime, policy: Policy
) -> list[Verdict]:
    """
    Take a batch of changes in, each judged on its own after those before it.

    A change that contradicts what is known is refused with one of `ChangeRejected`, the others are
    kept; a change that was reported before is passed over, so the same batch again changes nothing.
    """
    done: list[Verdict] = []
    new: list[Change] = []
    with database.write() as connection:
        known = numbers.histories(connection, {change.number for change in changes})
        for change in changes:
            history = known[change.number]
            if change in history:
                done.append(ALREADY)
                continue
            try:
                admit(change, history=history, now=now, policy=policy)
            except ChangeRejected as refusal:
                done.append(refused(refusal))
                continue
            history.append(change)
            new.append(change)
            done.append(RECORDED)
        numbers.append(connection, new, carrier_id=carrier_id, now=now)
        signals.leave(connection, signals_of(new, known), carrier_id=carrier_id, now=now)
    return done
