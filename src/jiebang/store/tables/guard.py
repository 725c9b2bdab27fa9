"""What is counted, so that abuse is dear."""

from sqlalchemy import Column, Integer, String, Table

from jiebang.store.columns import Instant
from jiebang.store.tables.common import metadata

tallies = Table(
    "tallies",
    metadata,
    # A keyed hash of what is limited and for whom: see `domain.limit`.
    Column("key", String(22), primary_key=True),
    Column("until", Instant, primary_key=True, index=True),
    Column("counted", Integer, nullable=False),
)
