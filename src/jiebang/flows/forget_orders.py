"""Orders that have ended long ago are forgotten."""

from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.store import forgotten, orders
from jiebang.store.database import Database

_BATCH = 500


def forget_orders(database: Database, *, now: datetime, policy: Policy, secret: bytes) -> int:
    """
    Forget a batch of them; returns how many there were.

    What is left of an order is when it was placed, at which platform, what became of it, and its steps in
    the journal; in the place of its number is a keyed hash. A letter about it that nobody has taken is
    withdrawn.
    """
    with database.write() as connection:
        ended = orders.closed(connection, before=now - policy.closed_kept, most=_BATCH)
        forgotten.forget(connection, ended, secret=secret, now=now)
    return len(ended)
