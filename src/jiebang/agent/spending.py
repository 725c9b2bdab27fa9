"""
Spending: the part of the ledger that counts what is changed in the store, against the platform's own budget.

A hub that was broken into can sign any order. What it can do in an hour is bounded here, on this side: what
is beyond the budget is held, and a person looks at it and releases it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from jiebang.agent.config import Budget
from jiebang.agent.ledger import HELD, Ledger, instant_text, orders

WINDOW, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_shape = sa.MetaData()
_spent = sa.Table(
    "spent", _shape,
    sa.Column("minute", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("counted", sa.Integer, nullable=False),
)  # fmt: skip


class Kind(StrEnum):
    """What is counted."""

    CHANGES = "changes"
    DEREGISTRATIONS = "deregistrations"
    """These are changes as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """How many changes one order or signal takes, and how many of them close an account."""

    id: str
    changes: int = 1
    deregistrations: int = 0


class Spending:
    """A table in the ledger's file, minute by minute; it outlives the agent, as the hour does."""

    def __init__(self, ledger: Ledger, budget: Budget) -> None:
        self._ledger, self._budget = ledger, budget
        ledger.lay_out(_shape)

    def take(self, costs: Sequence[Cost], now: datetime) -> set[str]:
        """
        Count changes before they are made; gives the ids of those that are within the budget.

        A change that is made twice because the agent was killed in between may count twice: that errs
        on the side of asking a person.
        """
        if not costs:
            return set()
        with self._ledger.engine.connect() as connection:
            connection.exec_driver_sql("begin immediate")
            _bring_back(connection, now)
            spent = _used(connection, now)
            changes = self._budget.changes_per_hour - spent[Kind.CHANGES]
            closings = self._budget.deregistrations_per_hour - spent[Kind.DEREGISTRATIONS]
            within: set[str] = set()
            for cost in costs:
                if cost.changes <= changes and cost.deregistrations <= closings:
                    within.add(cost.id)
                    changes, closings = changes - cost.changes, closings - cost.deregistrations
            taken = [cost for cost in costs if cost.id in within]
            _add(connection, Kind.CHANGES, count=sum(cost.changes for cost in taken), now=now)
            _add(connection, Kind.DEREGISTRATIONS, count=sum(cost.deregistrations for cost in taken), now=now)
            connection.execute(sa.delete(_spent).where(_spent.c.minute <= instant_text(now - 2 * WINDOW)))
            connection.commit()
        return within

    def used(self, now: datetime) -> dict[Kind, int]:
        """Count what was changed within the last hour."""
        with self._ledger.engine.connect() as connection:
            return _used(connection, now)

    def held(self) -> int:
        """Count the orders that are held."""
        counted = sa.select(sa.func.count()).select_from(orders).where(HELD)
        with self._ledger.engine.connect() as connection:
            return int(connection.execute(counted).scalar_one())

    def holds_any(self) -> bool:
        """Whether an order is held."""
        with self._ledger.engine.connect() as connection:
            return connection.execute(sa.select(orders.c.id).where(HELD).limit(1)).first() is not None

    def release(self, now: datetime) -> int:
        """Let go of every order that is held; gives how many that were. They count against no budget."""
        held = sa.update(orders).where(HELD)
        with self._ledger.engine.begin() as connection:
            return connection.execute(held.values(held_at=None, admitted_at=instant_text(now))).rowcount


def _used(connection: sa.Connection, now: datetime) -> dict[Kind, int]:
    # A minute counts until its last instant is an hour ago.
    recent = _spent.c.minute > instant_text(now - WINDOW - _MINUTE)
    counted = sa.select(_spent.c.what, sa.func.sum(_spent.c.counted)).where(recent).group_by(_spent.c.what)
    found = {what: int(count) for what, count in connection.execute(counted)}
    return {kind: found.get(kind.value, 0) for kind in Kind}


def _bring_back(connection: sa.Connection, now: datetime) -> None:
    """Count as spent now what the clock, set back, has not come to: else it would be spent until then."""
    ahead = _spent.c.minute > instant_text(now)
    counted = sa.select(_spent.c.what, sa.func.sum(_spent.c.counted)).where(ahead).group_by(_spent.c.what)
    found = {Kind(what): int(count) for what, count in connection.execute(counted)}
    connection.execute(sa.delete(_spent).where(ahead))
    for kind, count in found.items():
        _add(connection, kind, count=count, now=now)


def _add(connection: sa.Connection, kind: Kind, *, count: int, now: datetime) -> None:
    if not count:
        return
    minute = instant_text(now.replace(second=0, microsecond=0))
    new = insert(_spent).values(minute=minute, what=kind.value, counted=count)
    more = {"counted": _spent.c.counted + new.excluded.counted}
    connection.execute(new.on_conflict_do_update(index_elements=["minute", "what"], set_=more))
