"""Tallies of what is limited."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and let a number remember how often it was locked."""
    op.create_table(
        "tallies",
        sa.Column("key", sa.String(length=22), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "until", name=("pk_tallies")),
    )
    op.create_index(("ix_tallies_until"), "tallies", ["until"], unique=False)
    op.add_column("proofs", sa.Column("locks", sa.Integer(), nullable=False, server_default="0"))
