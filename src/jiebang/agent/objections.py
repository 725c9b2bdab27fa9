"""
Objections: the part of the ledger that is about owners of accounts, who are told of orders and may object.

An order is marked as begun in the statement that finds it still open, and an objection counts only where it
is not marked: so one of the two comes first, whichever process has it.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from jiebang.agent.ledger import STANDS, TO_NOTIFY, Entry, Ledger, instant_text, orders
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Said


class Objection(StrEnum):
    """What became of an objection."""

    TAKEN = "The owner's objection is written down, and nothing is done to the account."
    UNKNOWN = "There is no such order in the ledger."
    NOT_HEARD = "The owner of this record is not asked: the order says nothing of an objection."
    ENDED = "The order stands no more: nothing is done to the account."
    TOO_LATE = "It is too late: the order has been acted on, or its outcome is settled."


class Objections:
    """What the ledger knows of them; each method is one transaction that is on the disk when it returns."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def to_tell(self, *, most: int, after: str = "") -> list[Entry]:
        """Orders that an owner may object to and was not told of, by their ids, after one of these."""
        later = orders.c.id > after
        return self._ledger.entries(TO_NOTIFY, later, most=most, by=orders.c.id)

    def told(self, entries: Iterable[Entry], now: datetime) -> None:
        """Write down that the platform's own address took orders, to tell the owners."""
        attempts = {entry.id: entry.attempt for entry in entries}
        self._ledger.note(attempts, {"notified_at": instant_text(now)})

    def begin(self, entries: Iterable[Entry], now: datetime) -> set[str]:
        """
        Write down that orders which had to wait are being acted on; gives those that may be.

        From here on an objection comes too late. One that came before, in this very moment, counts.
        """
        wanted = orders.c.id.in_([entry.id for entry in entries])
        begun = sa.update(orders).where(wanted, STANDS).values(begun_at=instant_text(now))
        with self._ledger.engine.begin() as connection:
            return set(connection.execute(begun.returning(orders.c.id)).scalars())

    def put_off(self, entries: Iterable[Entry]) -> None:
        """Write down that nothing was changed after all: owners can object again."""
        self._ledger.note({entry.id: entry.attempt for entry in entries}, {"begun_at": None})

    def object(self, order_id: str, *, words: str | None, now: datetime) -> Objection:
        """Deny an order because the account's owner objects, unless it has been acted on."""
        mine = orders.c.id == order_id
        denied = sa.update(orders).where(
            mine, STANDS, orders.c.act_at.is_not(None), orders.c.begun_at.is_(None)
        )
        facts = {"outcome": Said.DENIED.value, "reason": Denial.OBJECTION.value, "words": words}
        with self._ledger.engine.begin() as connection:
            if connection.execute(denied.values(**facts, acted_at=instant_text(now))).rowcount:
                return Objection.TAKEN
            return _why_not(connection.execute(sa.select(orders).where(mine)).one_or_none())


def _why_not(row: sa.Row[Any] | None) -> Objection:
    """Say why an objection changes nothing."""
    if row is None:
        return Objection.UNKNOWN
    if row.ended_at is not None:
        return Objection.ENDED
    if row.act_at is None:
        return Objection.NOT_HEARD
    return Objection.TAKEN if row.reason == Denial.OBJECTION.value else Objection.TOO_LATE
