"""One database, SQLite in WAL mode or PostgreSQL: transactions that read, and transactions that write."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, ExceptionContext, PoolProxiedConnection, create_engine, event

from jiebang.store.bell import Bell

_BUSY_SECONDS = 10
_SWITCHES = 20


class Database:
    """A hub's database; every process of a hub opens the same one. Its `bell` rings for new letters."""

    def __init__(self, url: str) -> None:
        """Open lazily; `url` is SQLAlchemy's, such as `sqlite:///hub.db` or `postgresql+psycopg://…`."""
        self.engine = _engine(url)
        # PostgreSQL would let every statement see what others have kept since; a page that first read the
        # records and then who has answered would show an answer without its records.
        whole = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        self._reading = self.engine.execution_options(**whole)
        self._kept = threading.local()
        self.bell = Bell()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one consistent state; nothing that is written here is kept."""
        with self._reading.connect() as connection:
            yield connection

    def glance(self, statement: str, *given: object) -> list[Any]:
        """Read with one statement, in no transaction, on the driver's own connection: soon done."""
        kept = self.engine.dialect.name == "sqlite"
        lent = self._kept_by_thread() if kept else self.engine.raw_connection()
        try:
            cursor = lent.cursor()
            cursor.execute(statement, given)
            return list(cursor.fetchall())
        finally:
            if not kept:
                lent.close()

    def _kept_by_thread(self) -> PoolProxiedConnection:
        # To take a connection from the pool costs as much as a look into the file. It goes back by itself
        # when its thread has ended.
        if not hasattr(self._kept, "connection"):
            self._kept.connection = self.engine.raw_connection()
        kept: PoolProxiedConnection = self._kept.connection
        return kept

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write all or nothing: commits at the end, rolls back when anything is raised."""
        with self.engine.connect() as connection:
            writing = connection.execution_options(jiebang_writes=True)
            with writing.begin():
                writing.info.pop("rung", None)
                yield writing
            self.bell.ring(writing.info.pop("rung", set()))

    def tidy(self) -> None:
        """Have SQLite move what was written ahead into its file: what is erased still lies there."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                # Begins no transaction, in which SQLite would refuse: on the driver's own connection.
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close what is open."""
        self._kept = threading.local()
        self.engine.dispose()


def _engine(url: str) -> Engine:
    # hide_parameters: an exception from the database must not carry a number into a log.
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "handle_error", _hide_values)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _hide_values(failed: ExceptionContext) -> None:
    # PostgreSQL adds what was in the row that it refused; only its first sentence is passed on.
    original, wrapped = failed.original_exception, failed.sqlalchemy_exception
    if isinstance(original, psycopg.Error) and original.diag.message_primary:
        original.args = (original.diag.message_primary,)
        if wrapped is not None:
            wrapped.args = original.args


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    # The driver must not begin transactions by itself: `_begin_sqlite` says which kind each one is.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    _write_ahead(connection)
    # Each part of a change file writes to the same pages of the index as the one before: it is cheaper to
    # copy them over after 40 MB than after 4.
    connection.execute("PRAGMA wal_autocheckpoint = 10000")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is erased is written over, and not only made room for: numbers must not stay behind in the file.
    connection.execute("PRAGMA secure_delete = ON")


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 - the driver's own
    """Switch to WAL. Of several who open a new file at once one can; SQLite does not have the others wait."""
    for left in reversed(range(_SWITCHES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if not left:
                raise
            # For this lock SQLite does wait, until whoever was first is through.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes can fail half way ("database is locked") unless it
    # takes the write lock at its start.
    writes = connection.get_execution_options().get("jiebang_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
