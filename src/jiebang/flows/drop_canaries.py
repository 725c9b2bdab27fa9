"""The operator takes back that nobody holds some numbers."""

from collections.abc import Sequence

from jiebang.domain.number import Number
from jiebang.store import habits
from jiebang.store.database import Database


def drop_canaries(database: Database, numbers: Sequence[Number]) -> int:
    """
    Drop canary numbers; returns how many were there.

    What a platform was asked about them before and answers later counts as it would have: the question
    says that it is about a canary, and the number was one when it was asked.
    """
    with database.write() as connection:
        return habits.drop_canaries(connection, numbers)
