"""What was ordered, and what platforms have signed of it."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from jiebang.domain.order import LIVE, State
from jiebang.store.columns import Instant, NumberText
from jiebang.store.tables.common import Counter, Id, Word, is_one_of, is_word, metadata

orders = Table(
    "orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Word, nullable=False),
    Column("platform_id", Id, ForeignKey("parties.id"), nullable=False),
    # Of an order that is forgotten, a keyed hash: see `domain.forgetting`.
    Column("number", NumberText, nullable=False),
    Column("handle", String(256), nullable=False),
    Column("record_kind", Word, nullable=False),
    Column("label", Text, nullable=False),
    Column("origin", Word, nullable=False),
    Column("state", Word, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("moved_at", Instant, nullable=False, server_default="0"),
    Column("forgotten_at", Instant),
    Column("due", Instant, nullable=False),
    Column("leave_at", Instant, nullable=False),
    Column("object_until", Instant),
    Column("proof_id", Id),
    Column("front_id", Id, ForeignKey("parties.id")),
    Column("reason", Word),
    Column("words", Text),
    Column("bound_not_before", Instant),
    Column("bound_not_after", Instant),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Index(None, "number", "placed_at"),
)

live_orders = is_one_of(orders.c.state, LIVE)
# Two taps on one button are one order: a record has one live order at the most.
Index(
    "uq_orders_live", orders.c.platform_id, orders.c.handle, orders.c.number,
    unique=True, sqlite_where=live_orders, postgresql_where=live_orders,
)  # fmt: skip
Index("ix_orders_due_live", orders.c.due, sqlite_where=live_orders, postgresql_where=live_orders)
escalated_orders = is_word(orders.c.state, State.ESCALATED)
Index("ix_orders_escalated", orders.c.state, sqlite_where=escalated_orders, postgresql_where=escalated_orders)

_remembered = orders.c.forgotten_at.is_(None)
Index("ix_orders_remembered", orders.c.placed_at, sqlite_where=_remembered, postgresql_where=_remembered)

receipts = Table(
    "receipts",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("order_id", Id, ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("receipt", Text, nullable=False),
    Column("kept_at", Instant, nullable=False),
)
