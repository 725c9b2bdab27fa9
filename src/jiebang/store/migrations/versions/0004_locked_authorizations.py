"""What platforms have entrusted to the hub for posting is kept locked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget what was kept in the open, since a database cannot lock it; its platform says it again."""
    op.drop_column("streams", "push_authorization")
    op.add_column("streams", sa.Column("push_locked", sa.Text(), nullable=True))
