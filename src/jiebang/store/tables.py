"""The tables. What a column means is said where the domain defines it; here stand only keys and indexes."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from jiebang.domain.order import LIVE
from jiebang.store.columns import Instant, NumberText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = String(64)
_Word = String(32)
# SQLite counts rows by itself only in a column of exactly this type.
_Counter = BigInteger().with_variant(Integer, "sqlite")

parties = Table(
    "parties",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("role", _Word, nullable=False),
    Column("name", Text, nullable=False),
    Column("jwks", JSON, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("added_at", Instant, nullable=False),
)

assertions = Table(
    "assertions",
    metadata,
    Column("party_id", _Id, ForeignKey("parties.id"), primary_key=True),
    Column("jti", String(256), primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)

streams = Table(
    "streams",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("platform_id", _Id, ForeignKey("parties.id"), nullable=False, unique=True),
    Column("status", _Word, nullable=False),
    Column("events_requested", JSON, nullable=False),
    Column("reason", Text),
    Column("description", Text),
    Column("verified_at", Instant),
    Column("default_subjects", _Word, nullable=False, server_default="ALL"),
    Column("push_url", Text),
    Column("push_locked", Text),
    # When a worker may look next: a lease while one is at it, a pause after it failed.
    Column("push_at", Instant, index=True),
    Column("push_failures", Integer, nullable=False, server_default="0"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", _Counter, primary_key=True),
    Column("number", NumberText, nullable=False),
    Column("carrier_id", _Id, ForeignKey("parties.id"), nullable=False),
    Column("kind", _Word, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("holder", String(128)),
    Column("takes_back", _Word),
    Column("reported_at", Instant, nullable=False),
    # What a carrier calls its report, hashed: of CloudEvents the source and the id.
    Column("mark", String(64)),
    # That the same fact reported twice is one fact, is seen to under the lock that `numbers.lock` takes.
    Index(None, "number", "seq"),
)
Index(
    "uq_changes_mark", changes.c.carrier_id, changes.c.mark,
    unique=True, sqlite_where=changes.c.mark.is_not(None), postgresql_where=changes.c.mark.is_not(None),
)  # fmt: skip

loads = Table(
    "loads",
    metadata,
    Column("carrier_id", _Id, ForeignKey("parties.id"), primary_key=True),
    # SHA-256 of the file; where a carrier said that there was nothing to report, of its manifest.
    Column("digest", String(64), primary_key=True),
    Column("since", String(10)),
    Column("until", String(10)),
    Column("rows", BigInteger, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("known", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    # How long the report of refused rows was when the rows before were kept.
    Column("report_bytes", BigInteger, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

proofs = Table(
    "proofs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("number", NumberText, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("proven_at", Instant),
    Index(None, "number", "started_at"),
)

texts = Table(
    "texts",
    metadata,
    Column("proof_id", _Id, ForeignKey("proofs.id", ondelete="CASCADE"), primary_key=True),
    Column("good_until", Instant, nullable=False),
    Column("leased_until", Instant, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    # The token's hash: who reads the table cannot walk in with what they read.
    Column("token_hash", String(64), primary_key=True),
    Column("proof_id", _Id, ForeignKey("proofs.id", ondelete="CASCADE"), nullable=False, index=True),
)

queries = Table(
    "queries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("number", NumberText, nullable=False),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("proof_id", _Id),
    Column("order_id", _Id, index=True),
)

asked = Table(
    "asked",
    metadata,
    Column("query_id", _Id, ForeignKey("queries.id", ondelete="CASCADE"), primary_key=True),
    Column("platform_id", _Id, ForeignKey("parties.id"), primary_key=True),
    Column("answered_at", Instant),
)

bindings = Table(
    "bindings",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("query_id", _Id, ForeignKey("queries.id", ondelete="CASCADE"), nullable=False),
    Column("platform_id", _Id, ForeignKey("parties.id"), nullable=False),
    Column("handle", String(256), nullable=False),
    Column("kind", _Word, nullable=False),
    Column("label", Text, nullable=False),
    Column("record_class", _Word, nullable=False),
    Column("bound_not_before", Instant),
    Column("bound_not_after", Instant),
    Column("bound_source", _Word, nullable=False),
    Column("last_used", Instant),
    Column("other_logins", Integer),
    Column("can", JSON, nullable=False),
    Column("conditions", JSON, nullable=False),
    UniqueConstraint("query_id", "platform_id", "handle"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", _Word, nullable=False),
    Column("platform_id", _Id, ForeignKey("parties.id"), nullable=False),
    Column("number", NumberText, nullable=False),
    Column("handle", String(256), nullable=False),
    Column("record_kind", _Word, nullable=False),
    Column("label", Text, nullable=False),
    Column("origin", _Word, nullable=False),
    Column("state", _Word, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("leave_at", Instant, nullable=False),
    Column("object_until", Instant),
    Column("proof_id", _Id),
    Column("reason", _Word),
    Column("words", Text),
    Column("bound_not_before", Instant),
    Column("bound_not_after", Instant),
    Index(None, "number", "placed_at"),
)

_live = orders.c.state.in_([state.value for state in LIVE])
# Two taps on one button are one order: a record has one live order at the most.
Index(
    "uq_orders_live", orders.c.platform_id, orders.c.handle, orders.c.number,
    unique=True, sqlite_where=_live, postgresql_where=_live,
)  # fmt: skip
Index("ix_orders_due_live", orders.c.due, sqlite_where=_live, postgresql_where=_live)

steps = Table(
    "steps",
    metadata,
    Column("seq", _Counter, primary_key=True),
    Column("order_id", _Id, ForeignKey("orders.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", _Word, nullable=False),
    Column("at", Instant, nullable=False),
    Column("said_at", Instant),
)

letters = Table(
    "letters",
    metadata,
    Column("seq", _Counter, primary_key=True),
    Column("jti", _Id, nullable=False, unique=True),
    Column("platform_id", _Id, ForeignKey("parties.id"), nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("event", String(128), nullable=False),
    Column("said", JSON, nullable=False),
    Column("number", NumberText),
    Column("order_id", _Id, index=True),
    Column("written_at", Instant, nullable=False),
    Column("leave_at", Instant, nullable=False, index=True),
    # A letter that the platform could not read stays for people to look at, and is not offered again.
    Column("unreadable", Boolean, nullable=False),
    Index(None, "platform_id", "urgency", "seq"),
)

signals = Table(
    "signals",
    metadata,
    Column("seq", _Counter, primary_key=True),
    Column("number", NumberText, nullable=False, index=True),
    Column("event", String(128), nullable=False),
    Column("not_before", Instant),
    Column("not_after", Instant),
    Column("carrier_id", _Id, ForeignKey("parties.id"), nullable=False),
    Column("told_at", Instant, nullable=False, index=True),
    # Or SQLite would count from one again when the last row was swept, and cursors would pass over signals.
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    metadata,
    Column("platform_id", _Id, ForeignKey("parties.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("ahead", JSON, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("stream_id", _Id, ForeignKey("streams.id", ondelete="CASCADE"), primary_key=True),
    # A keyed hash, never the number: see `domain.signal.subject_of`.
    Column("subject", String(22), primary_key=True),
)

complaints = Table(
    "complaints",
    metadata,
    Column("platform_id", _Id, ForeignKey("parties.id"), primary_key=True),
    Column("seq", BigInteger, ForeignKey("signals.seq", ondelete="CASCADE"), primary_key=True, index=True),
)

clearances = Table(
    "clearances",
    metadata,
    Column("seq", BigInteger, ForeignKey("signals.seq", ondelete="CASCADE"), primary_key=True),
    Column("platform_id", _Id, ForeignKey("parties.id"), primary_key=True),
    Column("cleared", Integer, nullable=False),
    Column("flagged", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("said_at", Instant, nullable=False),
)
