"""A worker takes streams whose letters are to be posted."""

from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.domain.stream import Stream
from jiebang.store import streams
from jiebang.store.database import Database


def lease_pushes(database: Database, *, now: datetime, most: int, policy: Policy) -> list[Stream]:
    """Take streams for a while; should this worker die, another takes them after that."""
    with database.write() as connection:
        return streams.lease_pushes(connection, now=now, until=now + policy.push_lease, most=most)
