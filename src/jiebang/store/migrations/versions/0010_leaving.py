"""What ends is found by its number; of orders that ended long ago, the number is forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None

_ORDERS = sa.table("orders", sa.column("moved_at", sa.BigInteger()), sa.column("due", sa.BigInteger()))
_REMEMBERED = sa.text("forgotten_at IS NULL")


def upgrade() -> None:
    """Add columns and indexes; an order from before this counts as moved when it was due, which is late."""
    op.create_index("ix_proofs_started_at", "proofs", ["started_at"])
    op.create_index("ix_queries_number", "queries", ["number"])
    op.create_index("ix_letters_number", "letters", ["number"])
    op.add_column("sessions", sa.Column("used_at", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("moved_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("forgotten_at", sa.BigInteger(), nullable=True))
    op.execute(sa.update(_ORDERS).values(moved_at=_ORDERS.c.due))
    op.create_index(
        "ix_orders_remembered", "orders", ["placed_at"],
        sqlite_where=_REMEMBERED, postgresql_where=_REMEMBERED,
    )  # fmt: skip
