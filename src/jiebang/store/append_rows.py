"""Append many rows, in the driver's own types: SQLAlchemy's way costs as much again for each."""

import csv
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from itertools import islice
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import Connection, Table

_BLOCK = 250
"""Rows that are written out at once: the server takes them in while the next are being written out."""

_Row: TypeAlias = tuple[object, ...]


def append_rows(
    connection: Connection,
    table: Table,
    *,
    columns: Sequence[str],
    rows: Iterable[_Row],
    meanwhile: Callable[[], None] | None = None,
) -> None:
    """
    Append rows, in their order, each with these columns; an empty text would be none, so give `None`.

    Rows may be made while they are taken in. `meanwhile` is called when a server has all of them and only
    its answer is waited for. SQLite works in this very process: a second thread would only be in its way.
    """
    named = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        if made := list(rows):
            connection.exec_driver_sql(f"insert into {table.name} ({named}) values ({places})", made)  # noqa: S608 - names of ours, and no value
    else:
        _copy(
            connection, f"copy {table.name} ({named}) from stdin (format csv)", rows=rows, meanwhile=meanwhile
        )


def _copy(
    connection: Connection,
    statement: str,
    *,
    rows: Iterable[_Row],
    meanwhile: Callable[[], None] | None,
) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor().copy(statement) as copy:
            left = iter(rows)
            while block := list(islice(left, _BLOCK)):
                written = StringIO()
                csv.writer(written, lineterminator="\n").writerows(block)
                copy.write(written.getvalue())
            if meanwhile is not None:
                meanwhile()
    except psycopg.Error as failed:
        # Only its first sentence is passed on: the rest tells what was in the row.
        failed.args = (failed.diag.message_primary,)
        raise
