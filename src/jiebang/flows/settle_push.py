"""A worker has posted what waited, or has failed, and says when to look again."""

from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.store import streams
from jiebang.store.database import Database


def settle_push(database: Database, stream_id: str, *, failed: bool, now: datetime, policy: Policy) -> None:
    """Look again after a pause; after a failure twice as long as after the one before it, up to a limit."""
    with database.write() as connection:
        failures = streams.failures(connection, stream_id) + 1 if failed else 0
        pause = min(policy.push_pause * 2 ** min(failures, 20), policy.push_longest)
        streams.settle_push(connection, stream_id, next_at=now + pause, failures=failures)
