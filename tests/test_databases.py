"""The databases that tests are given are real, empty, and nobody else's."""

import pytest
import sqlalchemy as sa

from jiebang.store import parties
from jiebang.store.database import Database
from jiebang.store.migrate import is_current
from tests import postgresql
from tests.build import NOW
from tests.memory import PARTIES, picture


@pytest.mark.parametrize("_turn", [1, 2])
def test_each_test_has_an_empty_database(empty_url: str, _turn: int) -> None:
    engine = sa.create_engine(empty_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        connection.execute(sa.text("create table left_behind (id integer)"))
    engine.dispose()


@pytest.mark.parametrize("_turn", [1, 2])
def test_each_test_has_a_hubs_database_in_which_there_is_nothing(database_url: str, _turn: int) -> None:
    database = Database(database_url)
    assert is_current(database)
    assert not any(picture(database).values())
    with database.write() as connection:
        parties.add(connection, PARTIES[0], now=NOW)
    database.close()


def test_the_same_test_runs_on_both(database_url: str, request: pytest.FixtureRequest) -> None:
    assert sa.make_url(database_url).get_backend_name() == request.node.callspec.params["database_url"]


def test_postgresql_is_a_real_server_of_a_supported_age(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.connect() as connection:
        assert int(connection.execute(sa.text("show server_version_num")).scalar_one()) >= 160000
    engine.dispose()


def test_a_database_goes_even_when_a_connection_is_forgotten(postgresql_server: postgresql.Server) -> None:
    with postgresql_server.database() as url:
        engine = sa.create_engine(url)
        forgotten = engine.connect()
    with pytest.raises(sa.exc.OperationalError):
        forgotten.execute(sa.text("select 1"))
    engine.dispose()


def test_a_server_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(RuntimeError, match="unrecognized configuration parameter"),
        postgresql.server("no_such=1"),
    ):
        pytest.fail("it started")
