"""What carriers have reported of numbers, and what everyone was told."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from jiebang.store.columns import Instant, NumberText
from jiebang.store.tables.common import Counter, Id, Word, metadata

changes = Table(
    "changes",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("number", NumberText, nullable=False),
    Column("carrier_id", Id, ForeignKey("parties.id"), nullable=False),
    Column("kind", Word, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("holder", String(128)),
    Column("takes_back", Word),
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
    Column("carrier_id", Id, ForeignKey("parties.id"), primary_key=True),
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

signals = Table(
    "signals",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("number", NumberText, nullable=False, index=True),
    Column("event", String(128), nullable=False),
    Column("not_before", Instant),
    Column("not_after", Instant),
    Column("carrier_id", Id, ForeignKey("parties.id"), nullable=False),
    Column("told_at", Instant, nullable=False, index=True),
    # Since when it is true no more: a carrier took back what it said, or the holder came back.
    Column("taken_back_at", Instant),
    # Or SQLite would count from one again when the last row was swept, and cursors would pass over signals.
    sqlite_autoincrement=True,
)

complaints = Table(
    "complaints",
    metadata,
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("seq", BigInteger, ForeignKey("signals.seq", ondelete="CASCADE"), primary_key=True, index=True),
)

clearances = Table(
    "clearances",
    metadata,
    Column("seq", BigInteger, ForeignKey("signals.seq", ondelete="CASCADE"), primary_key=True),
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("cleared", Integer, nullable=False),
    Column("flagged", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("said_at", Instant, nullable=False),
)
