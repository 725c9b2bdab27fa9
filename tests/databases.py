"""A fresh and empty database for each test that asks: on PostgreSQL, on SQLite, or on both in turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests import postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """Run one PostgreSQL for the whole run; it starts with the first test that wants it."""
    with postgresql.server(*postgresql.FORGETFUL) as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """Give the SQLAlchemy URL of a fresh PostgreSQL database."""
    with postgresql_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the SQLAlchemy URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/hub.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run a test twice: with a fresh SQLite database, and with a fresh PostgreSQL one."""
    return cast("str", request.getfixturevalue(f"{request.param}_url"))
