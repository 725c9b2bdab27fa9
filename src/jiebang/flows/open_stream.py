"""A platform opens its stream."""

from datetime import UTC, datetime

from jiebang.domain.stream import DefaultSubjects, Push, Stream
from jiebang.store import cursors, ids, signals, streams
from jiebang.store.database import Database

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


def open_stream(
    database: Database,
    platform_id: str,
    *,
    events: tuple[str, ...],
    description: str | None,
    default_subjects: DefaultSubjects = DefaultSubjects.ALL,
    push: Push | None = None,
) -> Stream:
    """
    Open a stream that carries these events; refuses with `StreamExists` a platform's second one.

    A platform's first stream hears signals from now on; a later one goes on where the last one was.
    """
    stream = Stream(
        id=ids.new("str"), platform_id=platform_id, events_requested=events, description=description,
        default_subjects=default_subjects, push=push,
    )  # fmt: skip
    with database.write() as connection:
        streams.add(connection, stream)
        if push is not None:
            streams.begin_push(connection, stream.id, at=_AT_ONCE)
        cursors.begin(connection, platform_id, seq=signals.newest(connection))
    return stream
