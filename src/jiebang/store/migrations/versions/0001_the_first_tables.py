"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the spine."""
    op.create_table(
        "parties",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("jwks", sa.JSON(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_parties")),
    )
    op.create_table(
        "proofs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("proven_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=("pk_proofs")),
    )
    op.create_index(("ix_proofs_number_started_at"), "proofs", ["number", "started_at"], unique=False)
    op.create_table(
        "queries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.String(length=64), nullable=True),
        sa.Column("order_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=("pk_queries")),
    )
    op.create_index(("ix_queries_asked_at"), "queries", ["asked_at"], unique=False)
    op.create_index(("ix_queries_order_id"), "queries", ["order_id"], unique=False)
    op.create_table(
        "asked",
        sa.Column("query_id", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_asked_platform_id")),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=("fk_asked_query_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("query_id", "platform_id", name=("pk_asked")),
    )
    op.create_table(
        "assertions",
        sa.Column("party_id", sa.String(length=64), nullable=False),
        sa.Column("jti", sa.String(length=256), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=("fk_assertions_party_id")),
        sa.PrimaryKeyConstraint("party_id", "jti", name=("pk_assertions")),
    )
    op.create_index(("ix_assertions_until"), "assertions", ["until"], unique=False)
    op.create_table(
        "bindings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("query_id", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("handle", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("record_class", sa.String(length=32), nullable=False),
        sa.Column("bound_not_before", sa.BigInteger(), nullable=True),
        sa.Column("bound_not_after", sa.BigInteger(), nullable=True),
        sa.Column("bound_source", sa.String(length=32), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.Column("other_logins", sa.Integer(), nullable=True),
        sa.Column("can", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_bindings_platform_id")),
        sa.ForeignKeyConstraint(
            ["query_id"], ["queries.id"], name=("fk_bindings_query_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=("pk_bindings")),
        sa.UniqueConstraint(
            "query_id", "platform_id", "handle", name=("uq_bindings_query_id_platform_id_handle")
        ),
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("carrier_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=True),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["parties.id"], name=("fk_changes_carrier_id")),
        sa.PrimaryKeyConstraint("seq", name=("pk_changes")),
        sa.UniqueConstraint(
            "number",
            "kind",
            "not_before",
            "not_after",
            "carrier_id",
            name=("uq_changes_number_kind_not_before_not_after_carrier_id"),
        ),
    )
    op.create_table(
        "letters",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=128), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("order_id", sa.String(length=64), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("leave_at", sa.BigInteger(), nullable=False),
        sa.Column("unreadable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_letters_platform_id")),
        sa.PrimaryKeyConstraint("seq", name=("pk_letters")),
        sa.UniqueConstraint("jti", name=("uq_letters_jti")),
    )
    op.create_index(("ix_letters_leave_at"), "letters", ["leave_at"], unique=False)
    op.create_index(("ix_letters_order_id"), "letters", ["order_id"], unique=False)
    op.create_index(
        ("ix_letters_platform_id_urgency_seq"), "letters", ["platform_id", "urgency", "seq"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("handle", sa.String(length=256), nullable=False),
        sa.Column("record_kind", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("leave_at", sa.BigInteger(), nullable=False),
        sa.Column("object_until", sa.BigInteger(), nullable=True),
        sa.Column("proof_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_orders_platform_id")),
        sa.PrimaryKeyConstraint("id", name=("pk_orders")),
    )
    op.create_index(
        "ix_orders_due_live",
        "orders",
        ["due"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'in_progress')"),
        postgresql_where=sa.text("state IN ('open', 'in_progress')"),
    )
    op.create_index(("ix_orders_number_placed_at"), "orders", ["number", "placed_at"], unique=False)
    op.create_index(
        "uq_orders_live",
        "orders",
        ["platform_id", "handle", "number"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'in_progress')"),
        postgresql_where=sa.text("state IN ('open', 'in_progress')"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("proof_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["proof_id"], ["proofs.id"], name=("fk_sessions_proof_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=("pk_sessions")),
    )
    op.create_index(("ix_sessions_proof_id"), "sessions", ["proof_id"], unique=False)
    op.create_table(
        "streams",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("events_requested", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["parties.id"], name=("fk_streams_platform_id")),
        sa.PrimaryKeyConstraint("id", name=("pk_streams")),
        sa.UniqueConstraint("platform_id", name=("uq_streams_platform_id")),
    )
    op.create_table(
        "texts",
        sa.Column("proof_id", sa.String(length=64), nullable=False),
        sa.Column("good_until", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["proof_id"], ["proofs.id"], name=("fk_texts_proof_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("proof_id", name=("pk_texts")),
    )
    op.create_index(("ix_texts_leased_until"), "texts", ["leased_until"], unique=False)
    op.create_table(
        "steps",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=("fk_steps_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=("pk_steps")),
    )
    op.create_index(("ix_steps_order_id"), "steps", ["order_id"], unique=False)
