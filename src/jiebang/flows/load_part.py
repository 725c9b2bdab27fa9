"""The next part of a change file is taken in, with how far the file has come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from jiebang.domain.admission import judge
from jiebang.domain.history import Turn
from jiebang.domain.policy import Policy
from jiebang.domain.signal import Signal, doubtful, signals_of
from jiebang.domain.tenure import Change
from jiebang.domain.verdict import Fate, Verdict
from jiebang.store import departures, loads, numbers, signals
from jiebang.store.database import Database
from jiebang.store.loads import Load

_BIT = 250
"""Changes that are judged at once: a server takes them in while the next are judged."""


class LoadedMeanwhile(Exception):  # noqa: N818 - what happened, for the one who loads
    """Somebody else is loading the same file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that follow one another: the changes that could be read, and how many could not."""

    changes: Sequence[Change]
    """By number, and of each in the order of the file."""
    unreadable: int
    tell: Callable[[Sequence[Verdict]], int]
    """Adds what is refused to the report, whose length it returns; called before anything is kept."""
    meanwhile: Callable[[], None] | None = None
    """Begins what can be done while a server takes rows in; called once at the most, and never by SQLite."""


def load_part(
    database: Database,
    load: Load,
    *,
    part: Part,
    now: datetime,
    policy: Policy,
    secret: bytes | None = None,
) -> Load:
    """
    Take a part in, each change judged on its own after those before it; returns how far the file has come.

    The rows and the place in the file are kept in one transaction: whoever is killed goes on where
    they were. The report is longer than what was kept says, never shorter. `secret` is what
    `load_changes` has it for. Raises `LoadedMeanwhile` when the file has come further than the one who
    loads knows.
    """
    with database.write() as connection:
        numbers.lock(connection)
        if loads.get(connection, load) != load:
            raise LoadedMeanwhile
        known = numbers.histories(connection, [change.number for change in part.changes])
        found = _Found()
        new = _recorded(part.changes, found, known=known, now=now, policy=policy)
        numbers.append(connection, new, carrier_id=load.carrier_id, now=now, meanwhile=part.meanwhile)
        fates = [verdict.fate for verdict in found.verdicts]
        further = _further(load, fates, unreadable=part.unreadable, report_bytes=part.tell(found.verdicts))
        if further.position >= load.rows:
            further = replace(further, ended_at=now)
        loads.save(connection, further)
        taken = [change for change, fate in zip(part.changes, fates, strict=True) if fate is Fate.RECORDED]
        departures.end(connection, taken, known=known, by=load.carrier_id, now=now, secret=secret)
        signals.leave(connection, found.signals, carrier_id=load.carrier_id, now=now)
        signals.review(connection, doubtful(found.turns), carrier_id=load.carrier_id, now=now)
    return further


def _further(load: Load, fates: Sequence[Fate], *, unreadable: int, report_bytes: int) -> Load:
    """Say how far the file has come with these rows."""
    return replace(
        load, taken=load.taken + fates.count(Fate.RECORDED), known=load.known + fates.count(Fate.ALREADY),
        refused=load.refused + fates.count(Fate.REFUSED) + unreadable, report_bytes=report_bytes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """What became of a part, as far as it was judged: a verdict for each change, and what is told."""

    verdicts: list[Verdict] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)


def _recorded(
    changes: Sequence[Change],
    found: _Found,
    *,
    known: Mapping[str, list[Change]],
    now: datetime,
    policy: Policy,
) -> Iterator[Change]:
    """Judge a part bit by bit, and give what is to be kept: what was found is whole with the last of it."""
    for at in range(0, len(changes), _BIT):
        bit = changes[at : at + _BIT]
        verdicts, turns = judge(bit, known=known, now=now, policy=policy)
        found.verdicts.extend(verdicts)
        found.turns.extend(turns)
        found.signals.extend(signals_of(turns))
        yield from (
            change for change, verdict in zip(bit, verdicts, strict=True) if verdict.fate is Fate.RECORDED
        )
