"""A platform opens its stream."""

from jiebang.domain.stream import Stream
from jiebang.store import ids, streams
from jiebang.store.database import Database


def open_stream(
    database: Database, platform_id: str, *, events: tuple[str, ...], description: str | None
) -> Stream:
    """Open a stream that carries these events; refuses with `StreamExists` a platform's second one."""
    stream = Stream(
        id=ids.new("str"), platform_id=platform_id, events_requested=events, description=description
    )
    with database.write() as connection:
        streams.add(connection, stream)
    return stream
