"""Signals to every stream, how far each platform has read them, and what it did about them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a platform that has a stream begins where signals begin."""
    op.add_column(
        "streams",
        sa.Column("default_subjects", sa.String(length=32), nullable=False, server_default="ALL"),
    )
    op.add_column("streams", sa.Column("push_url", sa.Text(), nullable=True))
    op.add_column("streams", sa.Column("push_authorization", sa.Text(), nullable=True))
    op.add_column("streams", sa.Column("push_at", sa.BigInteger(), nullable=True))
    op.add_column("streams", sa.Column("push_failures", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(("ix_streams_push_at"), "streams", ["push_at"], unique=False)
    op.create_table(
        "signals",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=128), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("not_after", sa.BigInteger(), nullable=True),
        sa.Column("carrier_id", sa.String(length=64), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["parties.id"], name=("fk_signals_carrier_id")),
        sa.PrimaryKeyConstraint("seq", name=("pk_signals")),
        sqlite_autoincrement=True,
    )
    op.create_index(("ix_signals_number"), "signals", ["number"], unique=False)
    op.create_index(("ix_signals_told_at"), "signals", ["told_at"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ahead", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_cursors_platform_id")),
        sa.PrimaryKeyConstraint("platform_id", name=("pk_cursors")),
    )
    op.execute("insert into cursors (platform_id, seq, ahead) select platform_id, 0, '[]' from streams")
    op.create_table(
        "subjects",
        sa.Column("stream_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=("fk_subjects_stream_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("stream_id", "subject", name=("pk_subjects")),
    )
    op.create_table(
        "complaints",
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_complaints_platform_id")),
        sa.ForeignKeyConstraint(["seq"], ["signals.seq"], name=("fk_complaints_seq"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("platform_id", "seq", name=("pk_complaints")),
    )
    op.create_index(("ix_complaints_seq"), "complaints", ["seq"], unique=False)
    op.create_table(
        "clearances",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("cleared", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_clearances_platform_id")),
        sa.ForeignKeyConstraint(["seq"], ["signals.seq"], name=("fk_clearances_seq"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", "platform_id", name=("pk_clearances")),
    )
