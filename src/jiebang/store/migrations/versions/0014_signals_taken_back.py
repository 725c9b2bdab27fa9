"""Signals that are true no more: when what they tell was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the instant."""
    op.add_column("signals", sa.Column("taken_back_at", sa.BigInteger(), nullable=True))
