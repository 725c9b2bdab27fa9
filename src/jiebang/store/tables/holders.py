"""What holders have shown and asked, and what came back."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    or_,
)

from jiebang.store.columns import Instant, NumberText
from jiebang.store.tables.common import Counter, Id, Word, metadata

proofs = Table(
    "proofs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", NumberText, nullable=False),
    Column("started_at", Instant, nullable=False, index=True),
    Column("wrong", Integer, nullable=False),
    Column("locks", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("proven_at", Instant),
    Column("shown_by", Word, nullable=False, server_default="code"),
    Column("asserted", Boolean, nullable=False, server_default=false()),
    Column("front_id", Id, ForeignKey("parties.id")),
    Index(None, "number", "started_at"),
)

not_by_front = or_(proofs.c.front_id.is_(None), proofs.c.proven_at.is_(None))
Index("ix_proofs_not_by_front", proofs.c.started_at, sqlite_where=not_by_front, postgresql_where=not_by_front)

texts = Table(
    "texts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Word, nullable=False),
    # What it is about: a code's proof, a reminder's order.
    Column("proof_id", Id, ForeignKey("proofs.id", ondelete="CASCADE"), index=True),
    Column("order_id", Id, ForeignKey("orders.id", ondelete="CASCADE"), index=True),
    Column("good_until", Instant, nullable=False, index=True),
    Column("leased_until", Instant, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    # The token's hash: who reads the table cannot walk in with what they read.
    Column("token_hash", String(64), primary_key=True),
    Column("proof_id", Id, ForeignKey("proofs.id", ondelete="CASCADE"), nullable=False, index=True),
    # None until it has been used a while after the proof was given.
    Column("used_at", Instant),
)

queries = Table(
    "queries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", NumberText, nullable=False, index=True),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("proof_id", Id),
    Column("order_id", Id, index=True),
)

asked = Table(
    "asked",
    metadata,
    Column("query_id", Id, ForeignKey("queries.id", ondelete="CASCADE"), primary_key=True),
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("answered_at", Instant),
    Column("partly_at", Instant),
    Column("slow_at", Instant, nullable=False, server_default="0"),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("query_id", Id, ForeignKey("queries.id", ondelete="CASCADE"), nullable=False),
    Column("platform_id", Id, ForeignKey("parties.id"), nullable=False),
    Column("handle", String(256), nullable=False),
    Column("kind", Word, nullable=False),
    Column("label", Text, nullable=False),
    Column("record_class", Word, nullable=False),
    Column("bound_not_before", Instant),
    Column("bound_not_after", Instant),
    Column("bound_source", Word, nullable=False),
    Column("last_used", Instant),
    Column("other_logins", Integer),
    Column("can", JSON, nullable=False),
    Column("conditions", JSON, nullable=False),
    UniqueConstraint("query_id", "platform_id", "handle"),
)

choices = Table(
    "choices",
    metadata,
    # A keyed hash, never the number: see `domain.number.keyed`.
    Column("number_hash", String(22), primary_key=True),
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("handle", String(256), primary_key=True),
    Column("choice", Word, nullable=False),
    Column("chosen_at", Instant, nullable=False, index=True),
)

statements = Table(
    "statements",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("number", NumberText, nullable=False, unique=True),
    Column("carrier_id", Id, ForeignKey("parties.id"), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("freed", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("said_at", Instant, nullable=False, index=True),
    Index(None, "carrier_id", "said_at"),
)
