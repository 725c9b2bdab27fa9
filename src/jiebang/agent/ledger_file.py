"""The ledger's file: one SQLite database beside the agent, durable, whoever else opens it."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from jiebang.agent.errors import ConfigInvalid, LedgerDown

_FIRST, _OURS = "orders", {"heard_at", "act_at"}
"""By which table and columns every ledger is known."""
_OF_THE_FILE = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}  # fmt: skip
"""What can be wrong with a file, its folder or its disk; SQLite's words for these hold no value."""


class LedgerFile:
    """One SQLite file; what is written is on the disk when the writer returns."""

    def __init__(self, path: Path) -> None:
        """Open a file, or a new one; refuses with `ConfigInvalid` what is no ledger, and changes nothing."""
        with permitted(path):
            _check(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        self.engine = sa.create_engine(f"sqlite:///{path}", hide_parameters=True)
        sa.event.listen(self.engine, "connect", _durable)
        sa.event.listen(self.engine, "handle_error", self._explain)
        self._path, self._folder = path, path.parent

    def lay_out(self, shape: sa.MetaData) -> None:
        """Make tables, columns and indexes where they are missing, whoever else does so at the same time."""
        try:
            with permitted(self._path), _alone_in(self._folder), self.engine.begin() as connection:
                self._lay_out(shape, connection)
        except sa.exc.DatabaseError:
            raise ConfigInvalid(f"ledger {self._path} cannot be written.") from None

    def _lay_out(self, shape: sa.MetaData, connection: sa.Connection) -> None:
        shape.create_all(connection)
        for table in shape.tables.values():
            known = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
            for column in (one for one in table.columns if one.name not in known):
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

    def _explain(self, failed: sa.ExceptionContext) -> None:
        """Say what SQLite says of the file or its disk, as `LedgerDown`; a fault of ours stays what it is."""
        wrong = failed.original_exception
        if isinstance(wrong, sqlite3.Error) and wrong.sqlite_errorcode & 0xFF in _OF_THE_FILE:
            raise LedgerDown(f"The ledger {self._path} cannot be used now: {wrong}.") from None


def is_there(path: Path) -> bool:
    """Whether there is a ledger already; refuses with `ConfigInvalid` what this user may not look at."""
    with permitted(path):
        return path.is_file()


@contextmanager
def permitted(path: Path, *, called: str = "ledger") -> Iterator[None]:
    """Say what the operating system does not let this user do with a file that the agent keeps."""
    try:
        yield
    except OSError as wrong:
        raise ConfigInvalid(
            f"{called} {path} cannot be read and written here: {wrong.strerror}. Its folder and it must be"
            " those of the user that the agent runs as; run this as that user."
        ) from None


def _check(path: Path) -> None:
    """Look into a file that is there, without changing anything in it."""
    if not path.exists():
        return
    if path.is_file():
        path.open("r+b").close()
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as looked_into:
            tables = {name for (name,) in looked_into.execute("select name from sqlite_schema")}
            columns = {row[1] for row in looked_into.execute(f"pragma table_info({_FIRST})")}
    except sqlite3.Error:
        raise ConfigInvalid(f"ledger {path} is not a ledger, and no database at all.") from None
    if tables and not columns >= _OURS:
        raise ConfigInvalid(f"ledger {path} is another program's database; name a file of the agent's own.")


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
