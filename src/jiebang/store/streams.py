"""The platforms' streams, one each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from jiebang.domain.errors import StreamExists, UnknownStream
from jiebang.domain.stream import DefaultSubjects, Push, Stream, StreamStatus
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


def lease_pushes(connection: Connection, *, now: datetime, until: datetime, most: int) -> list[Stream]:
    """Take streams whose letters may be posted now; nobody else takes them until the lease has ended."""
    due = select(streams).where(streams.c.push_at <= now).order_by(streams.c.push_at).limit(most)
    rows = connection.execute(due.with_for_update(skip_locked=True)).all()
    taken = streams.c.id.in_([row.id for row in rows])
    connection.execute(update(streams).where(taken).values(push_at=until))
    return [_stream(row) for row in rows]


def failures(connection: Connection, stream_id: str) -> int:
    """How often in a row posting has failed."""
    return connection.scalar(select(streams.c.push_failures).where(streams.c.id == stream_id)) or 0


def settle_push(connection: Connection, stream_id: str, *, next_at: datetime, failures: int) -> None:
    """Write down when to look next; a stream that is polled by now is let be."""
    still = (streams.c.id == stream_id) & streams.c.push_at.is_not(None)
    connection.execute(update(streams).where(still).values(push_at=next_at, push_failures=failures))


def begin_push(connection: Connection, stream_id: str, *, at: datetime | None) -> None:
    """Let workers look at a stream from an instant on; `None`: never, it is polled."""
    connection.execute(update(streams).where(streams.c.id == stream_id).values(push_at=at, push_failures=0))


def _columns(stream: Stream) -> dict[str, object]:
    return {
        "platform_id": stream.platform_id,
        "status": stream.status.value,
        "events_requested": list(stream.events_requested),
        "reason": stream.reason,
        "description": stream.description,
        "verified_at": stream.verified_at,
        "default_subjects": stream.default_subjects.value,
        "push_url": None if stream.push is None else stream.push.url,
        "push_locked": None if stream.push is None else stream.push.locked,
    }


def _stream(row: Row[Any]) -> Stream:
    return Stream(
        id=row.id, platform_id=row.platform_id, status=StreamStatus(row.status),
        events_requested=tuple(row.events_requested), reason=row.reason,
        description=row.description, verified_at=row.verified_at,
        default_subjects=DefaultSubjects(row.default_subjects),
        push=None if row.push_url is None else Push(url=row.push_url, locked=row.push_locked),
    )  # fmt: skip
