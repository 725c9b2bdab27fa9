"""Deadlines by the working days of a platform's country; orders that are opened a second time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ESCALATED = sa.text("state = 'escalated'")
_ASKED = sa.table("asked", sa.column("query_id"), sa.column("slow_at", sa.BigInteger()))
_QUERIES = sa.table("queries", sa.column("id"), sa.column("asked_at", sa.BigInteger()))
_TWO_HOURS = 2 * 3600 * 1_000_000


def upgrade() -> None:
    """Add the columns; a platform that was asked before counts as slow after two hours, as it was told."""
    op.add_column("parties", sa.Column("country", sa.String(length=2), nullable=True))
    op.add_column("asked", sa.Column("slow_at", sa.BigInteger(), nullable=False, server_default="0"))
    asked_at = sa.select(_QUERIES.c.asked_at).where(_QUERIES.c.id == _ASKED.c.query_id).scalar_subquery()
    op.execute(sa.update(_ASKED).values(slow_at=asked_at + _TWO_HOURS))
    op.add_column("orders", sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
    op.create_index(
        "ix_orders_escalated", "orders", ["state"],
        sqlite_where=_ESCALATED, postgresql_where=_ESCALATED,
    )  # fmt: skip
