"""Answers in parts: when a platform last said what it has seen so far, and not that this is all."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the instant."""
    op.add_column("asked", sa.Column("partly_at", sa.BigInteger(), nullable=True))
