"""
Tallies: the part of the ledger that counts what the agent has done, and when it last did what.

They are for people and for Prometheus; nothing is decided on them. So they are kept in memory and written
once a second: an agent that is killed loses a second of counting, and no question waits for a disk.
"""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from jiebang.agent.ledger import Ledger, instant_text

_shape = sa.MetaData()
_tallies = sa.Table(
    "tallies", _shape,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("detail", sa.Text, primary_key=True, comment="what came of it; never a number, handle or id"),
    sa.Column("counted", sa.Integer, nullable=False),
)  # fmt: skip
_facts = sa.Table(
    "facts", _shape,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("counted", sa.Integer, nullable=False),
)  # fmt: skip


class Tally(StrEnum):
    """What is counted since the ledger was begun."""

    QUESTION = "question"
    BINDING = "binding"
    ORDER = "order"
    CLEANED = "cleaned"
    COMPLAINT = "complaint"


class Fact(StrEnum):
    """What happened last, each with a count."""

    STARTED = "started"
    POLLED = "polled"
    """With how many letters."""
    MORE = "more"
    """At the last poll the hub had more letters (1), or no more (0)."""
    CANARY = "canary"
    """With how many proofs that failed."""


class Last(NamedTuple):
    """When something happened last, and with which count."""

    at: datetime
    counted: int


class Tallies:
    """Two small tables in the ledger's file, and what was not written there yet."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._counted: Counter[tuple[str, str]] = Counter()
        self._happened: dict[str, Last] = {}
        self._lock = Lock()
        ledger.lay_out(_shape)

    def count(self, what: Tally, detail: str = "", *, by: int = 1) -> None:
        """Count something; `detail` says what came of it, in words of our own joined by colons."""
        with self._lock:
            self._counted[what.value, detail] += by

    def happened(self, fact: Fact, at: datetime, *, counted: int = 0) -> None:
        """Keep when something happened last."""
        with self._lock:
            self._happened[fact.value] = Last(at, counted)

    def flush(self) -> None:
        """Write down what was counted since the last time."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
            happened, self._happened = self._happened, {}
        if not counted and not happened:
            return
        new, last = insert(_tallies), insert(_facts)
        more = {"counted": _tallies.c.counted + new.excluded.counted}
        latest = {"at": last.excluded.at, "counted": last.excluded.counted}
        tallied = [{"what": one[0], "detail": one[1], "counted": count} for one, count in counted.items()]
        facts = [
            {"name": name, "at": instant_text(fact.at), "counted": fact.counted}
            for name, fact in happened.items()
        ]
        with self._ledger.engine.begin() as connection:
            for statement, rows in (
                (new.on_conflict_do_update(index_elements=["what", "detail"], set_=more), tallied),
                (last.on_conflict_do_update(index_elements=["name"], set_=latest), facts),
            ):
                if rows:
                    connection.execute(statement, rows)

    def totals(self) -> dict[tuple[Tally, str], int]:
        """Read what was counted since the ledger was begun, as it was last written."""
        with self._ledger.engine.connect() as connection:
            rows = connection.execute(sa.select(_tallies)).all()
        return {(Tally(row.what), row.detail): row.counted for row in rows}

    def last(self) -> dict[Fact, Last]:
        """Read what happened last, as it was last written."""
        with self._ledger.engine.connect() as connection:
            rows = connection.execute(sa.select(_facts.c.name, _facts.c.at, _facts.c.counted)).all()
        return {Fact(name): Last(datetime.fromisoformat(at), count) for name, at, count in rows}
