"""
A fresh database for each test that asks: on PostgreSQL, on SQLite, or on both in turn.

It is a hub's, at its newest shape, and nothing is in it; or nobody's yet, without a table. The shape is made
once and copied, because to migrate takes ten times as long.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from tests import mariadb, postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """Run one PostgreSQL for all that this process tests; it starts with the first test that wants it."""
    with postgresql.server(*postgresql.FORGETFUL, within=postgresql.in_memory()) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[mariadb.Server]:
    """Run one MariaDB for all that this process tests; it starts with the first test that wants it."""
    with mariadb.server(within=postgresql.in_memory()) as server:
        yield server


@pytest.fixture(scope="session")
def newest_on_postgresql(postgresql_server: postgresql.Server) -> Iterator[str]:
    """Make a PostgreSQL database at its newest shape, and give its URL; it is copied and never opened."""
    with postgresql_server.database() as url:
        _upgrade(url)
        yield url


@pytest.fixture(scope="session")
def newest_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an SQLite file at its newest shape; it is copied and never opened."""
    path = tmp_path_factory.mktemp("newest") / "hub.db"
    _upgrade(f"sqlite:///{path}")
    return path


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server, newest_on_postgresql: str) -> Iterator[str]:
    """Give the SQLAlchemy URL of a fresh hub's PostgreSQL database."""
    with postgresql_server.database(newest_on_postgresql) as url:
        yield url


@pytest.fixture
def sqlite_url(newest_on_sqlite: Path, tmp_path: Path) -> str:
    """Give the SQLAlchemy URL of a fresh hub's SQLite file."""
    return f"sqlite:///{shutil.copy(newest_on_sqlite, tmp_path / 'hub.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run a test twice: with a fresh hub's SQLite database, and with a fresh hub's PostgreSQL one."""
    return cast("str", request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def empty_postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """Give the SQLAlchemy URL of a PostgreSQL database without a table."""
    with postgresql_server.database() as url:
        yield url


@pytest.fixture
def empty_mariadb_url(mariadb_server: mariadb.Server) -> Iterator[str]:
    """Give the SQLAlchemy URL of a MariaDB database without a table."""
    with mariadb_server.database() as url:
        yield url


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Give the SQLAlchemy URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Run a test twice: with an SQLite database without a table, and with such a PostgreSQL one."""
    return cast("str", request.getfixturevalue(f"empty_{request.param}_url"))
