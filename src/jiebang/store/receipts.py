"""Receipts: what platforms have signed of orders, as they have signed it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from jiebang.domain.outcome import Outcome
from jiebang.store.among import among
from jiebang.store.tables import receipts


def keep(connection: Connection, told: Iterable[Outcome], *, now: datetime) -> None:
    """Keep the receipts of outcomes."""
    rows = [{"order_id": one.order_id, "receipt": one.receipt, "kept_at": now} for one in told]
    if rows:
        connection.execute(insert(receipts), rows)


def erase(connection: Connection, order_ids: Iterable[str]) -> None:
    """Erase the receipts of orders: what each says of its letter is a hash, and a number is in the letter."""
    connection.execute(delete(receipts).where(among(connection, receipts.c.order_id, values=order_ids)))


def of_orders(connection: Connection, order_ids: Iterable[str]) -> dict[str, list[str]]:
    """The receipts of these orders, oldest first."""
    found: dict[str, list[str]] = defaultdict(list)
    wanted = select(receipts).where(among(connection, receipts.c.order_id, values=order_ids))
    for row in connection.execute(wanted.order_by(receipts.c.seq)):
        found[row.order_id].append(row.receipt)
    return found
