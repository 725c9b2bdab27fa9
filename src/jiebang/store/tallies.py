"""Tallies: how often what is limited was done, for all processes of a hub together."""

from datetime import datetime

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from jiebang.store.tables import tallies


def count(connection: Connection, key: str, *, until: datetime, times: int) -> int:
    """Count so many more, and give how many that makes until the stretch of time ends."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = dialect.insert(tallies).values(key=key, until=until, counted=times)
    more = first.on_conflict_do_update(
        index_elements=[tallies.c.key, tallies.c.until], set_={"counted": tallies.c.counted + times}
    )
    return int(connection.execute(more.returning(tallies.c.counted)).scalar_one())


def forget(connection: Connection, now: datetime) -> None:
    """Forget stretches of time that are over."""
    connection.execute(delete(tallies).where(tallies.c.until <= now))
