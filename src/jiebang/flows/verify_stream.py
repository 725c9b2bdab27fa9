"""A platform asks for a letter that shows its stream works."""

from dataclasses import replace
from datetime import datetime

from jiebang.domain.policy import Policy
from jiebang.store import ids, mailbox, streams
from jiebang.store.database import Database


def verify_stream(
    database: Database, platform_id: str, *, stream_id: str, state: str | None, now: datetime, policy: Policy
) -> None:
    """Leave a verification letter; refuses with `UnknownStream` or `VerifiedTooOften`."""
    with database.write() as connection:
        stream = streams.get(connection, stream_id, platform_id=platform_id)
        letter = stream.verify(now, jti=ids.new("set"), state=state, policy=policy)
        streams.save(connection, replace(stream, verified_at=now))
        mailbox.leave(connection, [letter])
