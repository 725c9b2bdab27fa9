"""What is counted, so that abuse is dear."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from jiebang.store.columns import Instant, NumberText
from jiebang.store.tables.common import Id, Word, metadata

tallies = Table(
    "tallies",
    metadata,
    # A keyed hash of what is limited and for whom: see `domain.limit`.
    Column("key", String(22), primary_key=True),
    Column("until", Instant, primary_key=True, index=True),
    Column("counted", Integer, nullable=False),
)

habits = Table(
    "habits",
    metadata,
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("day", Instant, primary_key=True),
    Column("answered", Integer, nullable=False),
    Column("with_records", Integer, nullable=False),
    Column("canaries", Integer, nullable=False),
)

suspicions = Table(
    "suspicions",
    metadata,
    Column("platform_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("suspicion", Word, primary_key=True),
    Column("since", Instant, nullable=False),
)

canaries = Table("canaries", metadata, Column("number", NumberText, primary_key=True))
