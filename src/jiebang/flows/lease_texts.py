"""A worker takes texts to send."""

from datetime import datetime, timedelta

from jiebang.domain.text import Text
from jiebang.store import texts
from jiebang.store.database import Database

_LEASE = timedelta(seconds=15)
"""How long a worker has for a text before another may take it: longer than any gateway answers."""


def lease_texts(database: Database, *, now: datetime, most: int) -> list[Text]:
    """Take the texts that are to be sent now and that no living worker has."""
    with database.write() as connection:
        return texts.lease(connection, now=now, until=now + _LEASE, most=most)
