"""The platforms' streams, one each."""

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from jiebang.domain.errors import StreamExists, UnknownStream
from jiebang.domain.stream import DefaultSubjects, Stream, StreamStatus
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import streams


def add(connection: Connection, stream: Stream) -> None:
    """Open a stream; refuses with `StreamExists` a platform's second one."""
    if not insert_new(connection, streams, rows=[{"id": stream.id, **_columns(stream)}]):
        raise StreamExists


def of_platform(connection: Connection, platform_id: str) -> Stream | None:
    """The platform's stream, if it has one."""
    row = connection.execute(select(streams).where(streams.c.platform_id == platform_id)).one_or_none()
    return None if row is None else _stream(row)


def get(connection: Connection, stream_id: str, *, platform_id: str) -> Stream:
    """Find a stream for its platform; for everybody else it is an `UnknownStream`."""
    row = connection.execute(
        select(streams).where(streams.c.id == stream_id, streams.c.platform_id == platform_id)
    ).one_or_none()
    if row is None:
        raise UnknownStream
    return _stream(row)


def save(connection: Connection, stream: Stream) -> None:
    """Write a stream back."""
    connection.execute(update(streams).where(streams.c.id == stream.id).values(**_columns(stream)))


def close(connection: Connection, stream: Stream) -> None:
    """Close a stream. Its platform's letters stay, for the next stream to carry."""
    connection.execute(delete(streams).where(streams.c.id == stream.id))


def _columns(stream: Stream) -> dict[str, object]:
    return {
        "platform_id": stream.platform_id,
        "status": stream.status.value,
        "events_requested": list(stream.events_requested),
        "reason": stream.reason,
        "description": stream.description,
        "verified_at": stream.verified_at,
        "default_subjects": stream.default_subjects.value,
    }


def _stream(row: Row[Any]) -> Stream:
    return Stream(
        id=row.id, platform_id=row.platform_id, status=StreamStatus(row.status),
        events_requested=tuple(row.events_requested), reason=row.reason,
        description=row.description, verified_at=row.verified_at,
        default_subjects=DefaultSubjects(row.default_subjects),
    )  # fmt: skip
