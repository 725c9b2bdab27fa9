"""Count more on top of what is counted: an insertion where nothing is yet, in one statement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.sql.dml import ReturningInsert

from jiebang.store.insert_new import insertion


def add_up(
    connection: Connection, table: Table, *, key: Mapping[str, Any], more: Mapping[str, int]
) -> ReturningInsert[Any]:
    """Write the statement that adds to a row's counts, found by its key; it gives them as they are then."""
    first = insertion(connection, table).values(**key, **more)
    counts = {name: table.c[name] + times for name, times in more.items()}
    added = first.on_conflict_do_update(index_elements=[table.c[name] for name in key], set_=counts)
    return added.returning(*(table.c[name] for name in more))
