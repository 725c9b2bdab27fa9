"""Texts of a kind: codes, or reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew: a text lives for minutes, and a code that was not sent can be asked for again."""
    op.drop_index("ix_texts_leased_until", "texts")
    op.drop_table("texts")
    op.create_table(
        "texts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("proof_id", sa.String(length=64), nullable=True),
        sa.Column("order_id", sa.String(length=64), nullable=True),
        sa.Column("good_until", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["proof_id"], ["proofs.id"], name=("fk_texts_proof_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=("fk_texts_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=("pk_texts")),
    )
    op.create_index(("ix_texts_leased_until"), "texts", ["leased_until"], unique=False)
