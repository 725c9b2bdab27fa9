"""Who has joined, and what they have shown of themselves."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text

from jiebang.store.columns import Instant
from jiebang.store.tables.common import Id, Word, metadata

parties = Table(
    "parties",
    metadata,
    Column("id", Id, primary_key=True),
    Column("role", Word, nullable=False),
    Column("name", Text, nullable=False),
    Column("jwks", JSON, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("country", String(2)),
    # Where a platform's holders put another number in the place of this one.
    Column("change_url", Text),
    Column("added_at", Instant, nullable=False),
)

assertions = Table(
    "assertions",
    metadata,
    Column("party_id", Id, ForeignKey("parties.id"), primary_key=True),
    Column("jti", String(256), primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)
