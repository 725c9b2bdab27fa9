"""
Settling: the part of the ledger for orders that the agent took to be done, and the hub found not to be.

After the second time the hub sends no letter any more, and people see to it. What came of it is theirs to
say; the agent only tells it, with a receipt for the letter that it acted on last.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from jiebang.agent.ledger import Ledger, instant_text, orders
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Said


class Settled(StrEnum):
    """What became of a person's word on an order."""

    TAKEN = "It is written down, and the hub is told."
    UNKNOWN = "There is no such order in the ledger."
    NOT_DONE = "The agent has not told the hub that this order is done: nothing is to be said again."
    ENDED = "The order stands no more: there is nothing to say of it."


def settle(
    ledger: Ledger, order_id: str, *, now: datetime, reason: Denial | None = None, words: str | None = None
) -> Settled:
    """Say of an order that was told as done that it is done now; or, with a reason, that it is denied."""
    mine = orders.c.id == order_id
    done = sa.update(orders).where(
        mine, orders.c.outcome == Said.FULFILLED.value, orders.c.sent_at.is_not(None),
        orders.c.ended_at.is_(None),
    )  # fmt: skip
    facts: dict[str, Any] = {"acted_at": instant_text(now), "sent_at": None}
    if reason is not None:
        facts |= {"outcome": Said.DENIED.value, "reason": reason.value, "words": words}
    with ledger.engine.begin() as connection:
        if connection.execute(done.values(**facts)).rowcount:
            return Settled.TAKEN
        row = connection.execute(sa.select(orders).where(mine)).one_or_none()
    if row is None:
        return Settled.UNKNOWN
    return Settled.ENDED if row.ended_at is not None else Settled.NOT_DONE
