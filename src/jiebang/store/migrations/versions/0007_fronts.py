"""How a number was shown, and through which front; what was ordered through it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All that is there was shown by a code at the portal, and ordered there."""
    op.add_column("proofs", sa.Column("shown_by", sa.String(32), nullable=False, server_default="code"))
    op.add_column("proofs", sa.Column("asserted", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("proofs", "orders"):
        # In one statement: to give SQLite a foreign key afterwards, Alembic would make the table anew, and
        # with the old one would go whatever stands on it.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN front_id VARCHAR(64)"
            f" CONSTRAINT fk_{table}_front_id REFERENCES parties (id)"
        )
