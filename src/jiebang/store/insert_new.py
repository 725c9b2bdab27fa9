"""Insert what is new and pass over what is there: the one statement that our two databases spell apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, *, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows, passing over those that break a unique key; returns how many were new."""
    if not rows:
        return 0
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return connection.execute(statement, [dict(row) for row in rows]).rowcount
