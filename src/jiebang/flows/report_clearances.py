"""A carrier asks, before it assigns numbers again, which platforms have cleared them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jiebang.domain import clearance
from jiebang.domain.clearance import Report
from jiebang.domain.number import Number
from jiebang.domain.policy import Policy
from jiebang.domain.signal import Told
from jiebang.store import clearances, parties, signals
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """One number's report; `told` is the signal that it is about."""

    number: Number
    told: Told
    report: Report


def report_clearances(
    database: Database, carrier_id: str, *, numbers: Sequence[Number], now: datetime, policy: Policy
) -> list[Cleared | None]:
    """
    Report each number's latest disconnection; `None` where this carrier reported none that is kept.

    Every platform that has joined is in every report, whether or not it listens: who does not hear
    is silent.
    """
    with database.read() as connection:
        found = signals.disconnections(connection, carrier_id, numbers=numbers)
        said = clearances.of_signals(connection, {told.seq for told in found.values()})
        platforms = [party.id for party in parties.platforms(connection)]
    return [
        Cleared(
            number=number,
            told=found[number],
            report=clearance.report(
                platforms,
                said.get(found[number].seq, {}),
                told_at=found[number].told_at,
                now=now,
                policy=policy,
            ),
        )
        if number in found
        else None
        for number in numbers
    ]
