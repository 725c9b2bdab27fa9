"""The ledger's file: one SQLite database beside the agent, durable, whoever else opens it."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa


class LedgerFile:
    """One SQLite file; what is written is on the disk when the writer returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self.engine = sa.create_engine(f"sqlite:///{path}", hide_parameters=True)
        sa.event.listen(self.engine, "connect", _durable)
        self._folder = path.parent

    def lay_out(self, shape: sa.MetaData) -> None:
        """Make tables, columns and indexes where they are missing, whoever else does so at the same time."""
        with _alone_in(self._folder), self.engine.begin() as connection:
            shape.create_all(connection)
            for table in shape.tables.values():
                there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
                for column in (one for one in table.columns if one.name not in there):
                    spelled = sa.schema.CreateColumn(column).compile(self.engine)
                    connection.exec_driver_sql(f"alter table {table.name} add column {spelled}")
                for index in table.indexes:
                    connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))

    def write(self, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
        """Execute a statement with each of these rows, in one transaction; nothing for no rows."""
        if rows:
            with self.engine.begin() as connection:
                connection.execute(statement, rows)

    def close(self) -> None:
        """Close the file."""
        self.engine.dispose()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep out whoever opens a ledger here at the same time: a check, beside an agent that starts."""
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _durable(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    """A commit is on the disk before anything is done that rests on it, and what is erased is overwritten."""
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
