"""The journal, into which the steps of orders move, and the receipts of platforms."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHUNK = 1000


def upgrade() -> None:
    """Make the tables, and write every step that an order has taken as an entry that waits to be sealed."""
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("chain", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=("pk_journal")),
        sa.UniqueConstraint("place", name=("uq_journal_place")),
    )
    op.create_index(("ix_journal_order_id"), "journal", ["order_id"], unique=False)
    waiting = sa.text("place IS NULL")
    op.create_index(
        "ix_journal_waiting", "journal", ["seq"], unique=False, sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "nodes",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("level", "at", name=("pk_nodes")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=("pk_checkpoints")),
    )
    op.create_table(
        "receipts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=("fk_receipts_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=("pk_receipts")),
    )
    op.create_index(("ix_receipts_order_id"), "receipts", ["order_id"], unique=False)
    _move_steps()
    op.drop_index("ix_steps_order_id", "steps")
    op.drop_table("steps")


def _move_steps() -> None:
    connection = op.get_bind()
    steps = connection.execute(sa.text("select order_id, state, at, said_at from steps order by seq"))
    for part in steps.partitions(_CHUNK):
        rows = [{"order_id": row.order_id, "entry": _entry(row)} for row in part]
        connection.execute(sa.text("insert into journal (order_id, entry) values (:order_id, :entry)"), rows)


def _entry(step: sa.Row[Any]) -> str:
    said = {
        "at": _instant(step.at), "by": "hub", "order_id": step.order_id, "state": step.state,
        "what": "order:moved",
    }  # fmt: skip
    if step.said_at is not None:
        said["said_at"] = _instant(step.said_at)
    return json.dumps(said, separators=(",", ":"), sort_keys=True)


def _instant(at: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
