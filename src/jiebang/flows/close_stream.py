"""A platform closes its stream."""

from jiebang.store import streams
from jiebang.store.database import Database


def close_stream(database: Database, platform_id: str, *, stream_id: str) -> None:
    """Close the stream; its letters wait for the next one. Refuses with `UnknownStream`."""
    with database.write() as connection:
        streams.close(connection, streams.get(connection, stream_id, platform_id=platform_id))
