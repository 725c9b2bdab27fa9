"""A holder signs out."""

from jiebang.store import sessions
from jiebang.store.database import Database


def end_session(database: Database, token: str, *, front_id: str | None = None) -> None:
    """End a session at the door where it began; ending it again, or elsewhere, changes nothing."""
    with database.write() as connection:
        sessions.close(connection, token, front_id=front_id)
