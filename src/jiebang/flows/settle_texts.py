"""A worker strikes off the texts that it has sent."""

from collections.abc import Sequence
from datetime import datetime

from jiebang.domain.journal import HUB, Entry
from jiebang.store import journal, texts
from jiebang.store.database import Database


def settle_texts(database: Database, text_ids: Sequence[str], *, now: datetime) -> None:
    """Strike them off, and note which orders were reminded of; doing so again changes nothing."""
    with database.write() as connection:
        reminded = texts.settle(connection, text_ids)
        journal.write(
            connection, [Entry(at=now, what="reminder:sent", by=HUB, order_id=one) for one in reminded]
        )
