"""A carrier reads what leavers have told it."""

from datetime import datetime

from jiebang.domain.leaving import Statement
from jiebang.store import statements
from jiebang.store.database import Database


def read_statements(database: Database, carrier_id: str, *, since: datetime, most: int) -> list[Statement]:
    """Give what was said to this carrier since an instant, oldest first."""
    with database.read() as connection:
        return statements.of_carrier(connection, carrier_id, since=since, most=most)
