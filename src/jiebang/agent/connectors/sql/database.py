"""The database behind an SQL store: how it is connected to, how a change begins, what its failures mean."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from jiebang.agent.connectors.sql.dates import read_leniently
from jiebang.agent.connectors.sql.failures import SOME_STATEMENT, as_trouble
from jiebang.agent.connectors.sql.patient import Patient
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.errors import ConfigInvalid, StoreDown, StoreRefuses, Unsound
from jiebang.agent.secrets import secret

# A statement that nobody waits for any more is not to go on. MariaDB and MySQL have a word each for that, and
# each takes what is in the other's brackets for a remark.
_MARIADB_OPENS = (
    "set session innodb_lock_wait_timeout = 2"
    " /*M! , session max_statement_time = {seconds} */"
    " /*!50708 , session max_execution_time = {seconds}000 */"
)
# By their own habit a transaction does not see what others have kept since its first look.
_MARIADB_BEGIN = ("set transaction isolation level read committed", "start transaction")
_BEGIN = {
    # With its write lock, so that two writers wait and neither fails half-way.
    "sqlite": ("begin immediate",),
    "postgresql": ("begin isolation level read committed; set local lock_timeout = '2s'",),
    "mysql": _MARIADB_BEGIN, "mariadb": _MARIADB_BEGIN,
}  # fmt: skip
"""None waits longer than two seconds for the shop itself: the order comes again."""
_LEVEL: Mapping[str, IsolationLevel | None] = {
    # What `begin` begins, `commit` and `rollback` end; a question needs no transaction, and two calls less.
    "sqlite": None, "postgresql": "AUTOCOMMIT", "mysql": "AUTOCOMMIT", "mariadb": "AUTOCOMMIT",
}  # fmt: skip
_SAYS_ROLLBACK = {"mysql", "mariadb"}
"""Whose driver sends a `rollback` where nothing was begun too, after each question: here it is said by us."""
_SERVED_WIDTH = 4


class Database:
    """Connections to one database; its failures leave as `StoreDown` or `StoreRefuses`, without any value."""

    def __init__(self, store: SqlStore) -> None:
        password = secret("password", env=store.password_env, file=store.password_file)
        url = store.url if password is None else store.url.set(password=password)
        backend = url.get_backend_name()
        if backend == "sqlite":
            url, self.width = _as_it_stands(url), 1
        else:
            self.width = _SERVED_WIDTH
        self.takes_alike = backend in {"mysql", "mariadb"}
        """Whether it takes `7x` for 7, and `A` for `a`."""
        # Parameters are numbers and handles: no exception may carry them.
        self.engine = sa.create_engine(
            url, hide_parameters=True, connect_args=_how(backend, store.patience),
            isolation_level=_LEVEL[backend], skip_autocommit_rollback=backend in _SAYS_ROLLBACK,
        )  # fmt: skip
        if backend == "sqlite":
            _reopen_when_replaced(self.engine, Path(store.url.database or ""))
        if backend == "postgresql":
            _connect_our_way(self.engine, store.patience)
        self._begin, self._says_rollback = _BEGIN[backend], backend in _SAYS_ROLLBACK

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """Connect; what the driver says is told apart here, and not passed on: it may hold values."""
        try:
            with self._opened() as connection:
                yield connection
        except DBAPIError as failed:
            raise as_trouble(failed) from None
        except SQLAlchemyError:
            raise StoreRefuses from None

    def _opened(self) -> sa.Connection:
        try:
            return self.engine.connect()
        except TypeError:
            raise ConfigInvalid("connector.url has an option that its driver does not know.") from None

    @contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """Begin a change; what is not committed at its end is undone."""
        with self.connected() as connection:
            for statement in self._begin:
                connection.exec_driver_sql(statement)
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    self._undo(connection)

    def _undo(self, connection: sa.Connection) -> None:
        """Undo what was begun and is not committed."""
        if self._says_rollback and connection.in_transaction():
            connection.exec_driver_sql("rollback")
        connection.rollback()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


@contextmanager
def explained(called: str) -> Iterator[None]:
    """Say which statement the database does not take, and why; it was run without any values."""
    try:
        yield
    except DBAPIError as failed:
        trouble = as_trouble(failed)
        if failed.connection_invalidated or (isinstance(trouble, StoreDown) and trouble.args):
            raise
        raise Unsound(f"{called} is not taken by the database: {str(failed.orig).splitlines()[0]}.") from None


@contextmanager
def named(called: str) -> Iterator[None]:
    """Say which statement the database does not carry out, where that is all that is known."""
    try:
        yield
    except DBAPIError as failed:
        trouble = as_trouble(failed)
        if isinstance(trouble, StoreRefuses) and not trouble.args:
            raise StoreRefuses(f"{called} is not taken by the database.") from None
        if SOME_STATEMENT in str(trouble):
            raise type(trouble)(str(trouble).replace(SOME_STATEMENT, called)) from None
        raise


def _how(backend: str, patience: int) -> dict[str, Any]:
    """Say how each driver connects; none waits longer than two seconds for what the shop itself holds."""
    match backend:
        case "sqlite":
            # Python would begin transactions by guessing from a statement's first word; `begin` does it here.
            return {"isolation_level": None, "timeout": 2}
        case "postgresql":
            return {"connect_timeout": 5, "application_name": "jiebang-agent"}
        case _:
            # Whatever the URL says: PyMySQL writes parameters into the statement, safely in this alphabet.
            return {
                "charset": "utf8mb4", "connect_timeout": 5, "read_timeout": patience,
                "write_timeout": patience, "init_command": _MARIADB_OPENS.format(seconds=patience),
            }  # fmt: skip


def _as_it_stands(url: sa.URL) -> sa.URL:
    """Open a file of SQLite only where it is: by its own habit, one gone would be made anew, empty."""
    return url.set(database=f"file:{quote(url.database or '')}", query={"mode": "rw", "uri": "true"})


def _connect_our_way(engine: sa.Engine, patience: int) -> None:
    """Give up a PostgreSQL that keeps the line open and says nothing; read what dates it has."""

    @sa.event.listens_for(engine, "do_connect")
    def _open(_dialect: object, _entry: object, given: list[Any], named: dict[str, Any]) -> Patient:
        connection = Patient.connect(*given, **named)
        connection.patience = patience
        read_leniently(connection)
        return connection


def _reopen_when_replaced(engine: sa.Engine, path: Path) -> None:
    """Let go of connections to a file that is not there any more, or is another one: they see a ghost."""

    def _identity() -> tuple[int, int]:
        try:
            found = path.stat()
        except OSError:
            return 0, 0
        return found.st_dev, found.st_ino

    @sa.event.listens_for(engine, "connect")
    def _remember(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _identity()

    @sa.event.listens_for(engine, "checkout")
    def _compare(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info["file"] != _identity():
            raise DisconnectionError
