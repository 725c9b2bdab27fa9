"""The hub's operator rests a platform's stream or wakes it, and the platform is told."""

from dataclasses import replace
from datetime import datetime

from jiebang.domain.errors import UnknownStream
from jiebang.domain.stream import Stream, StreamStatus
from jiebang.store import ids, mailbox, streams
from jiebang.store.database import Database


def rest_stream(
    database: Database, platform_id: str, *, status: StreamStatus, reason: str | None, now: datetime
) -> Stream:
    """
    Set a stream's status and leave word of it (SSF 1.0 §8.1.5), which even a resting stream hands over.

    Setting what it is already tells nobody. Refuses with `UnknownStream`.
    """
    with database.write() as connection:
        stream = streams.of_platform(connection, platform_id)
        if stream is None:
            raise UnknownStream
        if stream.status is status:
            return stream
        changed = replace(stream, status=status, reason=reason)
        streams.save(connection, changed)
        mailbox.leave(connection, [changed.updated(now, jti=ids.new("set"))])
    return changed
