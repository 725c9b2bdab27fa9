"""A worker takes texts to send."""

from datetime import datetime, timedelta

from jiebang.domain.proof import Proof
from jiebang.store import proofs
from jiebang.store.database import Database

_LEASE = timedelta(seconds=15)
"""How long a worker has for a text before another may take it: longer than any gateway answers."""


def lease_texts(database: Database, *, now: datetime, most: int) -> list[Proof]:
    """Take the proofs whose codes are to be sent and that no living worker has."""
    with database.write() as connection:
        return proofs.lease_texts(connection, now=now, until=now + _LEASE, most=most)
