"""The next part of a change file is taken in, with how far the file has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jiebang.domain.admission import judge
from jiebang.domain.policy import Policy
from jiebang.domain.signal import signals_of
from jiebang.domain.tenure import Change
from jiebang.domain.verdict import Fate, Verdict
from jiebang.store import departures, loads, numbers, signals
from jiebang.store.database import Database
from jiebang.store.loads import Load


class LoadedMeanwhile(Exception):  # noqa: N818 - what happened, for the one who loads
    """Somebody else is loading the same file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that follow one another: the changes that could be read, and how many could not."""

    changes: Sequence[Change]
    unreadable: int
    tell: Callable[[Sequence[Verdict]], int]
    """Adds what is refused to the report, whose length it returns; called before anything is kept."""
    meanwhile: Callable[[], None] | None = None
    """Begins what can be done while a server takes rows in; called once at the most, and never by SQLite."""


def load_part(database: Database, load: Load, *, part: Part, now: datetime, policy: Policy) -> Load:
    """
    Take a part in, each change judged on its own after those before it; returns how far the file has come.

    The rows and the place in the file are kept in one transaction: whoever is killed goes on where
    they were. The report is longer than what was kept says, never shorter. Raises `LoadedMeanwhile`
    when the file has come further than the one who loads knows.
    """
    with database.write() as connection:
        numbers.lock(connection)
        if loads.get(connection, load) != load:
            raise LoadedMeanwhile
        known = numbers.histories(connection, (change.number for change in part.changes))
        verdicts, turns = judge(part.changes, known=known, now=now, policy=policy)
        fates = [verdict.fate for verdict in verdicts]
        new = [change for change, fate in zip(part.changes, fates, strict=True) if fate is Fate.RECORDED]
        numbers.append(connection, new, carrier_id=load.carrier_id, now=now, meanwhile=part.meanwhile)
        further = replace(
            load,
            taken=load.taken + len(new),
            known=load.known + fates.count(Fate.ALREADY),
            refused=load.refused + fates.count(Fate.REFUSED) + part.unreadable,
            report_bytes=part.tell(verdicts),
        )
        if further.position >= load.rows:
            further = replace(further, ended_at=now)
        loads.save(connection, further)
        departures.end(connection, new, known=known, by=load.carrier_id, now=now)
        signals.leave(connection, signals_of(turns), carrier_id=load.carrier_id, now=now)
    return further
