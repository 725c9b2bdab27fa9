"""Tallies of what is limited, how platforms answer, what is suspected of them, and canary numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and let a number remember how often it was locked."""
    op.create_table(
        "tallies",
        sa.Column("key", sa.String(length=22), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "until", name=("pk_tallies")),
    )
    op.create_index(("ix_tallies_until"), "tallies", ["until"], unique=False)
    op.add_column("proofs", sa.Column("locks", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "habits",
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("with_records", sa.Integer(), nullable=False),
        sa.Column("canaries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_habits_platform_id")),
        sa.PrimaryKeyConstraint("platform_id", "day", name=("pk_habits")),
    )
    op.create_table(
        "suspicions",
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("suspicion", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_suspicions_platform_id")),
        sa.PrimaryKeyConstraint("platform_id", "suspicion", name=("pk_suspicions")),
    )
    op.create_table(
        "canaries",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("number", name=("pk_canaries")),
    )
