"""Corrections, carriers' marks, and how far a change file was loaded."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let changes be taken back, orders be judged again, and loads go on where they were."""
    with op.batch_alter_table("changes") as changes:
        changes.drop_constraint("uq_changes_number_kind_not_before_not_after_carrier_id", type_="unique")
        changes.add_column(sa.Column("takes_back", sa.String(length=32), nullable=True))
        changes.add_column(sa.Column("mark", sa.String(length=64), nullable=True))
        changes.create_index("ix_changes_number_seq", ["number", "seq"])
    marked = sa.text("mark IS NOT NULL")
    op.create_index(
        "uq_changes_mark", "changes", ["carrier_id", "mark"],
        unique=True, sqlite_where=marked, postgresql_where=marked,
    )  # fmt: skip
    op.add_column("orders", sa.Column("bound_not_before", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("bound_not_after", sa.BigInteger(), nullable=True))
    op.create_table(
        "loads",
        sa.Column("carrier_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("report_bytes", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["carrier_id"], ["parties.id"], name=("fk_loads_carrier_id")),
        sa.PrimaryKeyConstraint("carrier_id", "digest", name=("pk_loads")),
    )
