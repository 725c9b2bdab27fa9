"""What fronts did: the journal's entries are found by the proof that a front was given."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BY_FRONT = sa.text("proof_id IS NOT NULL")
_NOT_BY_FRONT = sa.text("front_id IS NULL OR proven_at IS NULL")


def upgrade() -> None:
    """Make the column and the indexes; what was done before can be found as before, about orders only."""
    op.add_column("journal", sa.Column("proof_id", sa.String(64)))
    op.create_index(
        "ix_journal_proof_id", "journal", ["proof_id"], sqlite_where=_BY_FRONT, postgresql_where=_BY_FRONT
    )
    op.create_index(
        "ix_proofs_not_by_front", "proofs", ["started_at"],
        sqlite_where=_NOT_BY_FRONT, postgresql_where=_NOT_BY_FRONT,
    )  # fmt: skip
