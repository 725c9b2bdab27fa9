"""How letters and signals reach each platform, and how far each has read."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from jiebang.domain.letter import Event
from jiebang.store.columns import Instant, NumberText
from jiebang.store.tables.common import Counter, Id, Word, is_word, metadata

streams = Table(
    "streams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform_id", Id, ForeignKey("parties.id"), nullable=False, unique=True),
    Column("status", Word, nullable=False),
    Column("events_requested", JSON, nullable=False),
    Column("reason", Text),
    Column("description", Text),
    Column("verified_at", Instant),
    Column("default_subjects", Word, nullable=False, server_default="ALL"),
    Column("push_url", Text),
    Column("push_locked", Text),
    # When a worker may look next: a lease while one is at it, a pause after it failed.
    Column("push_at", Instant, index=True),
    Column("push_failures", Integer, nullable=False, server_default="0"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("ahead", JSON, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("stream_id", Id, ForeignKey("streams.id", ondelete="CASCADE"), primary_key=True),
    # A keyed hash, never the number: see `domain.signal.subject_of`.
    Column("subject", String(22), primary_key=True),
)

letters = Table(
    "letters",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("jti", Id, nullable=False, unique=True),
    Column("platform_id", Id, ForeignKey("parties.id"), nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("event", String(128), nullable=False),
    Column("said", JSON, nullable=False),
    Column("number", NumberText, index=True),
    Column("order_id", Id, index=True),
    Column("written_at", Instant, nullable=False),
    Column("leave_at", Instant, nullable=False, index=True),
    # A letter that the platform could not read stays for people to look at, and is not offered again.
    Column("unreadable", Boolean, nullable=False),
    # With the last of them, what may not leave yet is passed over without being read.
    Index(None, "platform_id", "urgency", "seq", "leave_at"),
)

questions = is_word(letters.c.event, Event.BINDINGS_ASKED)
Index("ix_letters_questions", letters.c.written_at, sqlite_where=questions, postgresql_where=questions)
