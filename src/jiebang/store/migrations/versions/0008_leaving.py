"""What ends is found by its number; orders are forgotten; holders who leave decide, and make a statement."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ORDERS = sa.table("orders", sa.column("moved_at", sa.BigInteger()), sa.column("due", sa.BigInteger()))
_COUNTS = ("asked", "answered", "freed", "moved", "kept")
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
    op.add_column("parties", sa.Column("change_url", sa.Text(), nullable=True))
    op.create_table(
        "choices",
        sa.Column("number_hash", sa.String(length=22), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("handle", sa.String(length=256), nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_choices_platform_id")),
        sa.PrimaryKeyConstraint("number_hash", "platform_id", "handle", name=("pk_choices")),
    )
    op.create_table(
        "statements",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("carrier_id", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["parties.id"], name=("fk_statements_carrier_id")),
        sa.PrimaryKeyConstraint("seq", name=("pk_statements")),
        sa.UniqueConstraint("number", name=("uq_statements_number")),
    )
    op.create_index("ix_statements_said_at", "statements", ["said_at"])
    op.create_index("ix_statements_carrier_id_said_at", "statements", ["carrier_id", "said_at"])
