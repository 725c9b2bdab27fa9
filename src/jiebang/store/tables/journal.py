"""What the hub did, entry after entry, and what seals it; see `domain.journal` and `domain.merkle`."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from jiebang.store.columns import Instant
from jiebang.store.tables.common import Counter, Id, metadata

_Digest = String(64)

journal = Table(
    "journal",
    metadata,
    Column("seq", Counter, primary_key=True),
    Column("order_id", Id, index=True),
    # By which proof a front did it: proofs know their number, and the journal knows none.
    Column("proof_id", Id),
    # The entry as it is sealed, to the byte.
    Column("entry", Text, nullable=False),
    # Which entry it is, and what it is chained by: given when it is sealed.
    Column("place", BigInteger, unique=True),
    Column("chain", _Digest),
)

_waiting = journal.c.place.is_(None)
Index("ix_journal_waiting", journal.c.seq, sqlite_where=_waiting, postgresql_where=_waiting)

_by_front = journal.c.proof_id.is_not(None)
Index("ix_journal_proof_id", journal.c.proof_id, sqlite_where=_by_front, postgresql_where=_by_front)

nodes = Table(
    "nodes",
    metadata,
    # Of the Merkle tree only every eighth level is kept: the others are soon worked out.
    Column("level", Integer, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("digest", _Digest, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True),
    Column("note", Text, nullable=False),
    Column("sealed_at", Instant, nullable=False),
)
