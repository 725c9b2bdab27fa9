"""Append many rows, in the driver's own types: SQLAlchemy's way costs as much again for each."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

import psycopg
from sqlalchemy import Connection, Table

_BLOCK = 2_000
"""Rows that are written out at once: the server takes them in while the next are being written out."""


def append_rows(
    connection: Connection, table: Table, *, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Append rows, in their order, each with these columns; an empty text would be none, so give `None`."""
    if not rows:
        return
    named = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"insert into {table.name} ({named}) values ({places})", list(rows))  # noqa: S608 - names of ours, and no value
    else:
        _copy(connection, f"copy {table.name} ({named}) from stdin (format csv)", rows=rows)


def _copy(connection: Connection, statement: str, *, rows: Sequence[tuple[object, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor().copy(statement) as copy:
            for at in range(0, len(rows), _BLOCK):
                block = StringIO()
                csv.writer(block, lineterminator="\n").writerows(rows[at : at + _BLOCK])
                copy.write(block.getvalue())
    except psycopg.Error as failed:
        # Only its first sentence is passed on: the rest tells what was in the row.
        failed.args = (failed.diag.message_primary,)
        raise
