"""The migrations bring a database to the shape of the tables, once, whoever comes first."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, text

from jiebang.store import queries
from jiebang.store.database import Database
from jiebang.store.migrate import is_current, upgrade
from jiebang.store.tables import metadata
from tests.memory import together

UPGRADE = """
import sys
from jiebang.store.database import Database
from jiebang.store.migrate import is_current, upgrade
database = Database(sys.argv[1])
upgrade(database)
print(is_current(database))
"""
OLD_PARTY = """
insert into parties (id, role, name, jwks, added_at, timezone)
values ('par_1', 'platform', 'a', '{}', 0, 'UTC')
"""
OLD_STREAM = """
insert into streams (id, platform_id, status, events_requested, push_url, push_authorization)
values ('str_1', 'par_1', 'enabled', '[]', 'https://shop.example', 'Bearer geheim')
"""
OLD_PROOF = "insert into proofs (id, number, started_at, wrong) values ('prf_1', '+8613800138055', 0, 0)"
OLD_SESSION = "insert into sessions (token_hash, proof_id) values ('a', 'prf_1')"
OLD_ORDER = """
insert into orders (id, kind, platform_id, number, handle, record_kind, label, origin, state, placed_at, due,
    leave_at)
values ('ord_1', 'unbind', 'par_1', '+8613800138055', 'h', 'account', 'l', 'own', 'open', 0, 0, 0)
"""
OLD_STEP = "insert into steps (order_id, state, at) values ('ord_1', 'open', 0)"
INDEXES = {
    "sqlite": "select name, sql from sqlite_master where type = 'index' and sql is not null",
    "postgresql": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
}


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """Open a database in which there is nothing yet."""
    database = Database(empty_url)
    yield database
    database.close()


def indexes(connection: Connection) -> set[tuple[str, str]]:
    """Read the indexes as the database itself writes them, conditions and all."""
    rows = connection.execute(text(INDEXES[connection.dialect.name]))
    return {(name, sql) for name, sql in rows if not name.startswith("alembic")}


def test_migrations_make_exactly_the_tables(empty: Database) -> None:
    upgrade(empty)
    with empty.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_make_the_same_indexes_as_the_tables(empty: Database) -> None:
    upgrade(empty)
    with empty.read() as connection:
        migrated = indexes(connection)
    with empty.write() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        # Alembic does not compare conditions, and the partial indexes are nothing without theirs.
        assert migrated == indexes(connection)
    assert len([sql for _, sql in migrated if "WHERE" in sql]) == 9


def test_a_database_that_is_current_is_left_alone(empty: Database) -> None:
    assert not is_current(empty)
    assert upgrade(empty)
    assert is_current(empty)
    assert not upgrade(empty)


def test_what_was_entrusted_in_the_open_is_forgotten_and_the_stream_stays(empty: Database) -> None:
    with empty.write() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "jiebang:store/migrations")
        command.upgrade(config, "0003")
        connection.execute(text(OLD_PARTY))
        connection.execute(text(OLD_STREAM))
    upgrade(empty)
    with empty.read() as connection:
        [stream] = connection.execute(select(metadata.tables["streams"])).mappings()
    assert (stream["push_url"], stream["push_locked"]) == ("https://shop.example", None)
    assert "geheim" not in str(dict(stream))


def test_who_was_asked_before_is_slow_when_they_were_told(empty: Database) -> None:
    with empty.write() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "jiebang:store/migrations")
        command.upgrade(config, "0005")
        connection.execute(text(OLD_PARTY))
        connection.execute(
            text("insert into queries (id, number, asked_at) values ('q', '+8613800138055', 5)")
        )
        connection.execute(text("insert into asked (query_id, platform_id) values ('q', 'par_1')"))
    upgrade(empty)
    with empty.read() as connection:
        [asked] = queries.asked(connection, "q")
    assert asked.slow_at == datetime(1970, 1, 1, 2, 0, 0, 5, tzinfo=UTC)


def test_what_was_shown_and_ordered_before_there_were_fronts_stays(empty: Database) -> None:
    with empty.write() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "jiebang:store/migrations")
        command.upgrade(config, "0004")
        for row in (OLD_PARTY, OLD_PROOF, OLD_SESSION, OLD_ORDER, OLD_STEP):
            connection.execute(text(row))
    upgrade(empty)
    kept = {}
    with empty.read() as connection:
        for table in ("proofs", "sessions", "orders", "journal"):
            [kept[table]] = connection.execute(select(metadata.tables[table])).mappings()
    proof, order = kept["proofs"], kept["orders"]
    assert (proof["shown_by"], proof["asserted"], proof["front_id"]) == ("code", False, None)
    assert order["front_id"] is None


def test_threads_that_upgrade_at_once_upgrade_once(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(4)]
    came_of_it = together(*(partial(upgrade, one) for one in databases))
    assert [failed for failed in came_of_it if isinstance(failed, BaseException)] == []
    assert all(is_current(one) for one in databases)
    for one in databases:
        one.close()


def test_processes_that_upgrade_at_once_upgrade_once(empty_url: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in started] == ["True"] * 3
