"""
Pauses: what the store did not do is tried again at once, and from then on after longer and longer.

They are in the ledger, since there may be more that waits than memory holds. They end with whatever may have
made the store wait: when it is believed again, and when the agent starts anew.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from jiebang.agent.ledger import FREE, LONGEST_PAUSE, Entry, Ledger, instant_text, orders

_FIRST = timedelta(seconds=1)
_DOUBLED = 10
"""So often a pause is doubled at the most; after that it is the longest in any case."""


def pause(tries: int) -> timedelta:
    """Say how long something is let alone that the store did not do, after so many tries before."""
    return min(_FIRST * 2 ** min(tries - 1, _DOUBLED), LONGEST_PAUSE) if tries else timedelta(0)


class Pauses:
    """The part of the ledger that says when orders are tried again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begin(self, entries: Iterable[Entry], now: datetime) -> None:
        """Write down that the store did not do these orders: each is let alone for a while."""
        # Where pauses have ended in the meantime, it is tried again at once like all others.
        as_read = sa.func.coalesce(orders.c.tries, 0) == sa.bindparam("before")
        meant = (orders.c.id == sa.bindparam("order_id"), orders.c.attempt == sa.bindparam("nth"), as_read)
        begun = sa.update(orders).where(*meant)
        rows = [
            {
                "order_id": entry.id, "nth": entry.attempt, "before": entry.tries, "tried": entry.tries + 1,
                "until": instant_text(now + pause(entry.tries)),
            }
            for entry in entries
        ]  # fmt: skip
        self._ledger.write(begun.values(tries=sa.bindparam("tried"), again_at=sa.bindparam("until")), rows)

    def end(self) -> None:
        """Have every order tried again at once."""
        paused = sa.update(orders).where(FREE, orders.c.again_at.is_not(None))
        with self._ledger.engine.begin() as connection:
            connection.execute(paused.values(tries=None, again_at=None))
