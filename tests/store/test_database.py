"""A transaction is kept whole or not at all, and whoever has to wait waits instead of failing."""

import traceback
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import QueuePool

from jiebang.store import orders, parties, proofs
from jiebang.store.database import Database
from jiebang.store.tables import parties as parties_table
from jiebang.store.tables import proofs as proofs_table
from tests.build import NOW, NUMBER, ORDER, PROOF
from tests.memory import SHOP, opened, together, unchanged


def test_what_is_raised_undoes_the_whole_transaction(database: Database) -> None:
    with unchanged(database), suppress(KeyError), database.write() as connection:
        proofs.keep(connection, PROOF)
        orders.add(connection, [ORDER])
        raise KeyError


def test_what_is_written_while_reading_is_not_kept(database: Database) -> None:
    with unchanged(database), database.read() as connection:
        connection.execute(update(parties_table).values(name="x"))


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as connection:
        before = parties.get(connection, SHOP).name
        with database.write() as other:
            other.execute(update(parties_table).values(name="x"))
        assert parties.get(connection, SHOP).name == before
    with database.read() as connection:
        assert parties.get(connection, SHOP).name == "x"


def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writing:
        writing.execute(update(parties_table).values(name="x"))
        with database.read() as connection:
            assert parties.get(connection, SHOP).name != "x"


def test_a_glance_sees_what_was_kept_before_it(database: Database) -> None:
    named = f"select name from parties where id = '{SHOP}'"  # noqa: S608 - a name of the tests'
    assert database.glance(named) != [("x",)]
    rename(database, "x")
    assert database.glance(named) == [("x",)]


def test_a_thread_that_has_ended_keeps_no_connection(database: Database) -> None:
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    before = pool.checkedout()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: database.glance("select 1"), range(100))) == [[(1,)]] * 100
    assert pool.checkedout() == before


def rename(database: Database, name: str) -> None:
    """Write something that any other writer of the same row must wait for."""
    with database.write() as connection:
        connection.execute(update(parties_table).where(parties_table.c.id == SHOP).values(name=name))


def test_a_writer_waits_for_another_and_does_not_fail(database: Database) -> None:
    with ThreadPoolExecutor(1) as threads:
        with database.write() as connection:
            connection.execute(update(parties_table).values(name="first"))
            second = threads.submit(rename, database, "second")
            with pytest.raises(StillWaiting):
                second.result(timeout=0.2)
        second.result(timeout=10)
    with database.read() as connection:
        assert parties.get(connection, SHOP).name == "second"


def test_to_read_and_then_write_never_fails_half_way(sqlite_url: str) -> None:
    with opened(sqlite_url) as database:
        with database.write() as connection:
            proofs.keep(connection, PROOF)

        def count_up() -> None:
            for _ in range(25):
                with database.write() as connection:
                    proof = proofs.get(connection, PROOF.id)
                    proofs.save(connection, replace(proof, wrong=proof.wrong + 1))

        assert together(count_up, count_up, count_up) == [None] * 3
        with database.read() as connection:
            assert proofs.get(connection, PROOF.id).wrong == 75


def test_tries_at_one_code_are_counted_one_by_one(database: Database) -> None:
    with database.write() as connection:
        proofs.keep(connection, PROOF)

    def try_some() -> None:
        for _ in range(10):
            with database.write() as connection:
                proof = proofs.get(connection, PROOF.id, lock=True)
                proofs.save(connection, replace(proof, wrong=proof.wrong + 1))

    assert together(try_some, try_some) == [None] * 2
    with database.read() as connection:
        assert proofs.get(connection, PROOF.id).wrong == 20


def test_sqlite_keeps_a_log_ahead_and_its_foreign_keys(sqlite_url: str) -> None:
    with opened(sqlite_url) as database, database.read() as connection:
        assert connection.scalar(text("pragma journal_mode")) == "wal"
        assert connection.scalar(text("pragma foreign_keys")) == 1
        assert connection.scalar(text("pragma busy_timeout")) == 10_000


def test_a_row_that_points_nowhere_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("insert into sessions (token_hash, proof_id) values ('x', 'prf_none')"))


def test_an_exception_of_the_database_holds_no_number(database: Database) -> None:
    row = {"id": "prf_9", "number": NUMBER, "started_at": NOW, "wrong": None}
    with pytest.raises(IntegrityError, match=r"(?i)null") as failed, database.write() as connection:
        connection.execute(proofs_table.insert(), row)
    assert NUMBER.e164 not in "".join(traceback.format_exception(failed.value))
