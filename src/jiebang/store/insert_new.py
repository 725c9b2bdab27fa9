"""Insert what is new and pass over what is there: our two databases spell apart what is in the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, *, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows, passing over those that break a unique key; returns how many were new."""
    if not rows:
        return 0
    statement = insertion(connection, table).on_conflict_do_nothing()
    statement = statement.execution_options(preserve_rowcount=True)
    return connection.execute(statement, [dict(row) for row in rows]).rowcount


def insertion(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an insertion that can say what to do with what is there already."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
