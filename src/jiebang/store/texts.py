"""Texts that wait to be sent: codes of proofs, and reminders of deregistrations. No code is stored."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from jiebang.domain.ground import remind_at
from jiebang.domain.number import Number
from jiebang.domain.order import LIVE, Order
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.text import Code, Reminder, Text, TextKind
from jiebang.store import ids, proofs
from jiebang.store.tables import orders, parties, texts
from jiebang.store.tables import proofs as proofs_table

TEXTS = "texts"
"""The bell's name for a text that waits to be sent."""


def leave_code(connection: Connection, proof: Proof, *, good_until: datetime) -> None:
    """Leave the text with a proof's code, to be sent at once."""
    row = {
        "id": ids.new("txt"), "kind": TextKind.CODE.value, "proof_id": proof.id,
        "good_until": good_until, "leased_until": proof.started_at,
    }  # fmt: skip
    connection.execute(insert(texts), [row])
    connection.info.setdefault("rung", set()).add(TEXTS)


def leave_reminders(connection: Connection, placed: Sequence[Order], *, policy: Policy) -> None:
    """Leave a text about each order, to be sent when its holder is to be reminded."""
    rows = [
        {
            "id": ids.new("txt"), "kind": TextKind.REMINDER.value, "order_id": order.id,
            "good_until": order.leave_at,
            "leased_until": remind_at(order.leave_at, placed_at=order.placed_at, policy=policy),
        }
        for order in placed
    ]  # fmt: skip
    if rows:
        connection.execute(insert(texts), rows)
        connection.info.setdefault("rung", set()).add(TEXTS)


def lease(connection: Connection, *, now: datetime, until: datetime, most: int) -> list[Text]:
    """
    Take texts to send that no living worker has; after `until` another worker may take them.

    A reminder of an order that stands no more, for whatever reason, is never taken.
    """
    stands = or_(texts.c.order_id.is_(None), orders.c.state.in_([state.value for state in LIVE]))
    due = (
        select(texts.c.id)
        .outerjoin(orders, orders.c.id == texts.c.order_id)
        .where(texts.c.leased_until <= now, texts.c.good_until > now, stands)
        .limit(most)
        .with_for_update(skip_locked=True, of=texts)
    )
    taken = update(texts).where(texts.c.id.in_(due)).values(leased_until=until)
    leased = connection.scalars(taken.returning(texts.c.id)).all()
    return [*_codes(connection, leased), *_reminders(connection, leased)]


def settle(connection: Connection, text_ids: Sequence[str]) -> list[str]:
    """Strike off texts that were sent; gives the orders that were reminded of by those struck off now."""
    struck = delete(texts).where(texts.c.id.in_(text_ids)).returning(texts.c.order_id)
    return [order_id for order_id in connection.scalars(struck) if order_id is not None]


def erase(connection: Connection, *, now: datetime) -> None:
    """Erase texts that are no longer good for anything."""
    connection.execute(delete(texts).where(texts.c.good_until <= now))


def _codes(connection: Connection, leased: Sequence[str]) -> list[Code]:
    wanted = select(proofs_table, texts.c.id.label("text_id")).join(
        texts, texts.c.proof_id == proofs_table.c.id
    )
    rows = connection.execute(wanted.where(texts.c.id.in_(leased)))
    return [Code(ids=(row.text_id,), proof=proofs.proof_of(row)) for row in rows]


def _reminders(connection: Connection, leased: Sequence[str]) -> list[Reminder]:
    wanted = (
        select(texts.c.id, orders.c.number, orders.c.leave_at, parties.c.name)
        .join(orders, orders.c.id == texts.c.order_id)
        .join(parties, parties.c.id == orders.c.platform_id)
        .where(texts.c.id.in_(leased))
        .order_by(parties.c.name)
    )
    together: dict[tuple[Number, datetime], list[Any]] = defaultdict(list)
    for row in connection.execute(wanted):
        together[row.number, row.leave_at].append(row)
    return [
        Reminder(
            ids=tuple(row.id for row in rows), number=number, leave_at=leave_at,
            platforms=tuple(dict.fromkeys(row.name for row in rows)),
        )
        for (number, leave_at), rows in together.items()
    ]  # fmt: skip
