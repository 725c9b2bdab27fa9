"""A platform changes its stream: what it carries, how it is described, whether it rests."""

from collections.abc import Callable

from jiebang.domain.stream import Stream
from jiebang.store import streams
from jiebang.store.database import Database


def change_stream(
    database: Database, platform_id: str, *, stream_id: str, change: Callable[[Stream], Stream]
) -> Stream:
    """Read the stream, change it and keep it; refuses with `UnknownStream` what is not the platform's."""
    with database.write() as connection:
        changed = change(streams.get(connection, stream_id, platform_id=platform_id))
        streams.save(connection, changed)
        connection.info.setdefault("rung", set()).add(platform_id)
    return changed
