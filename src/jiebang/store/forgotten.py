"""Orders that are forgotten, when it is time or when a holder says so: what both flows do stands here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.forgetting import hashed
from jiebang.domain.order import Order
from jiebang.store import mailbox, orders, receipts


def forget(connection: Connection, ended: Sequence[Order], *, secret: bytes, now: datetime) -> None:
    """Put a keyed hash in the place of orders' numbers, and erase their letters and receipts."""
    stands_for = {order.id: hashed(order.number, secret=secret) for order in ended}
    orders.forget(connection, stands_for, now=now)
    mailbox.withdraw(connection, stands_for)
    receipts.erase(connection, stands_for)
