"""Whose signals a stream carries or not: the exceptions from its `default_subjects`, as keyed hashes."""

from collections.abc import Collection

from sqlalchemy import Connection, delete, exists, select

from jiebang.store.among import among
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import subjects


def add(connection: Connection, stream_id: str, *, subject: str) -> None:
    """Make an exception; making it again changes nothing."""
    insert_new(connection, subjects, rows=[{"stream_id": stream_id, "subject": subject}])


def drop(connection: Connection, stream_id: str, *, subject: str) -> None:
    """Make an exception no more."""
    connection.execute(
        delete(subjects).where(subjects.c.stream_id == stream_id, subjects.c.subject == subject)
    )


def drop_all(connection: Connection, stream_id: str) -> None:
    """Make no exceptions any more: the stream's `default_subjects` has another meaning now."""
    connection.execute(delete(subjects).where(subjects.c.stream_id == stream_id))


def has_any(connection: Connection, stream_id: str) -> bool:
    """Whether a stream makes exceptions."""
    return bool(connection.scalar(select(exists().where(subjects.c.stream_id == stream_id))))


def listed(connection: Connection, stream_id: str, *, among_these: Collection[str]) -> set[str]:
    """Which of these are exceptions."""
    wanted = select(subjects.c.subject).where(
        subjects.c.stream_id == stream_id, among(connection, subjects.c.subject, values=among_these)
    )
    return set(connection.scalars(wanted))
