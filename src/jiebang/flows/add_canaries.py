"""The operator names numbers that nobody holds."""

from collections.abc import Sequence

from jiebang.domain.number import Number
from jiebang.store import habits
from jiebang.store.database import Database


def add_canaries(database: Database, numbers: Sequence[Number]) -> int:
    """Add canary numbers; returns how many were new."""
    with database.write() as connection:
        return habits.add_canaries(connection, numbers)
