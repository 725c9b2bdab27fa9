"""Bring a database to the newest shape of the tables, once, whoever comes first."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from jiebang.store.database import Database

_LOCK = 7_243_001
"""PostgreSQL's advisory lock that keeps two upgrades apart; the number means nothing."""


def upgrade(database: Database) -> bool:
    """Run the migrations that are missing, all in one transaction; whether there were any."""
    if is_current(database):
        return False
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")
    return True


def is_current(database: Database) -> bool:
    """Whether the database has the shape that this version of the hub needs."""
    wanted = _newest()
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == wanted


@cache
def _newest() -> str | None:
    # Every migration is read for this, and none is added to a program that runs.
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
