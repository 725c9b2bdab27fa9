"""Status: how the agent stands, read from its ledger alone, whether it runs or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from jiebang.agent.config import Budget
from jiebang.agent.ledger import FREE, HELD, SINCE, UNTOLD, Ledger, instant_text, orders
from jiebang.agent.signal_book import SignalBook
from jiebang.agent.spending import Kind, Spending
from jiebang.agent.tallies import Fact, Last, Tallies, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What waits, what was done, and how much of the budget is left."""

    at: datetime
    due: int
    """Orders that could be acted on now: the store is down, or they have just come."""
    objections: int
    """Orders that wait because an owner may still object."""
    held: int
    """Orders beyond the budget."""
    held_signals: int
    untold: int
    """Outcomes of which the hub was not told yet."""
    lag: timedelta
    """How long the oldest order could have been acted on and is not settled; nothing where there is none."""
    totals: Mapping[tuple[Tally, str], int]
    """What was done since the ledger was begun."""
    last: Mapping[Fact, Last]
    used: Mapping[Kind, int]
    """What was changed within the last hour."""
    budget: Mapping[Kind, int]


def read_status(ledger: Ledger, budget: Budget, *, now: datetime) -> Status:
    """Read how the agent stands; changes nothing but, in an older ledger, its columns and indexes."""
    spending, book, tallies = Spending(ledger, budget), SignalBook(ledger), Tallies(ledger)
    come = instant_text(now)
    with ledger.engine.connect() as connection:
        due = _count(connection, FREE, come >= SINCE)
        objections = _count(connection, FREE, come < SINCE)
        untold = _count(connection, UNTOLD)
        firsts = [connection.execute(_oldest(now, wait)).scalar() for wait in (FREE, HELD)]
    since = min((first for first in firsts if first is not None), default=None)
    return Status(
        at=now, due=due, objections=objections, held=spending.held(), held_signals=book.held(), untold=untold,
        lag=max(timedelta(0), now - datetime.fromisoformat(since)) if since else timedelta(0),
        totals=tallies.totals(), last=tallies.last(), used=spending.used(now),
        budget={
            Kind.CHANGES: budget.changes_per_hour,
            Kind.DEREGISTRATIONS: budget.deregistrations_per_hour,
        },
    )  # fmt: skip


def _oldest(now: datetime, wait: sa.ColumnElement[bool]) -> sa.Select[str | None]:
    """Find since when the oldest order waits that need not."""
    return sa.select(sa.func.min(SINCE)).where(wait, instant_text(now) >= SINCE)


def _count(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    counted = sa.select(sa.func.count()).select_from(orders).where(*conditions)
    return int(connection.execute(counted).scalar_one())
