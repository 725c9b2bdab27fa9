"""A holder signs out."""

from jiebang.store import sessions
from jiebang.store.database import Database


def end_session(database: Database, token: str) -> None:
    """End a session; ending it again changes nothing."""
    with database.write() as connection:
        sessions.close(connection, token)
