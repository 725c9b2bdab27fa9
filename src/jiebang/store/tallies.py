"""Tallies: how often what is limited was done, for all processes of a hub together."""

from datetime import datetime

from sqlalchemy import Connection, delete

from jiebang.store.add_up import add_up
from jiebang.store.tables import tallies


def count(connection: Connection, key: str, *, until: datetime, times: int) -> int:
    """Count so many more, and give how many that makes until the stretch of time ends."""
    added = add_up(connection, tallies, key={"key": key, "until": until}, more={"counted": times})
    return int(connection.execute(added).scalar_one())


def forget(connection: Connection, now: datetime) -> None:
    """Forget stretches of time that are over."""
    connection.execute(delete(tallies).where(tallies.c.until <= now))
