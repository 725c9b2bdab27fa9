"""A platform changes its stream: what it carries, how it is described, whether it rests."""

from collections.abc import Callable
from datetime import UTC, datetime

from jiebang.domain.cursor import Cursor
from jiebang.domain.stream import Stream
from jiebang.store import cursors, signals, streams, subjects
from jiebang.store.database import Database

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


def change_stream(
    database: Database, platform_id: str, *, stream_id: str, change: Callable[[Stream], Stream]
) -> Stream:
    """
    Read the stream, change it and keep it; refuses with `UnknownStream` what is not the platform's.

    A stream that carried no signals hears them from when it asks for them. When `default_subjects`
    is another, there are no exceptions from it yet.
    """
    with database.write() as connection:
        stream = streams.get(connection, stream_id, platform_id=platform_id)
        changed = change(stream)
        streams.save(connection, changed)
        if changed.signals_delivered and not stream.signals_delivered:
            cursors.save(connection, platform_id, cursor=Cursor(signals.newest(connection)))
        if changed.push != stream.push:
            streams.begin_push(connection, stream_id, at=None if changed.push is None else _AT_ONCE)
        if changed.default_subjects is not stream.default_subjects:
            subjects.drop_all(connection, stream_id)
        connection.info.setdefault("rung", set()).add(platform_id)
    return changed
