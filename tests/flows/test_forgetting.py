"""Data go away on time, or at once when their holder wants it: also from the files of the database."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from jiebang.domain.binding import Binding
from jiebang.domain.errors import ProofStale
from jiebang.domain.journal import read
from jiebang.domain.number import SPELLINGS
from jiebang.domain.order import Order, State
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof
from jiebang.flows.forget_number import forget_number
from jiebang.flows.forget_orders import forget_orders
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.revoke_order import revoke_order
from jiebang.flows.sweep import sweep
from jiebang.flows.use_session import use_session
from jiebang.store import orders, sessions
from jiebang.store.database import Database
from tests.build import BINDING, NOW, NUMBER, POLICY
from tests.flows.holder import answered, asked, place, proven, settle, streaming
from tests.memory import SHOP, picture, unchanged

TICK = timedelta(microseconds=1)
SECRET = b"forgotten"
TOLD = replace(BINDING, label="Wang-W**-label", handle="handle-4711-secret")
NAMES = [NUMBER.spelled(one) for one in SPELLINGS] + [TOLD.label, TOLD.handle]
"""What must not be found; no carrier has reported the number, so nothing else needs it."""


def ordered(database: Database) -> tuple[Proof, Order]:
    """Order, of a number that no carrier has reported, that a record lose it."""
    proof = proven(database)
    [order] = place(database, proof, *answered(database, proof, TOLD))
    return proof, order


def look(database: Database, order: Order, *there: Binding) -> None:
    """Let the platform answer the second look: the record is gone, or there."""
    with database.read() as connection:
        looks = "select id from queries where order_id is not null order by id"
        found = connection.exec_driver_sql(looks).scalars().all()
    answers = [Answer(query_id=query_id, complete=True, bindings=there) for query_id in found]
    record_answers(database, SHOP, answers=answers, now=NOW, policy=POLICY)
    assert order.number == NUMBER


def confirm(database: Database, now: datetime = NOW) -> None:
    """Let the shop take and confirm every letter."""
    stream = streaming(database)
    poll = Poll(stream_id=stream.id, most=99)
    handed = poll_letters(database, SHOP, poll=poll, now=now, secret=b"").letters
    done = Poll(stream_id=stream.id, most=0, confirmed=[one.jti for one in handed])
    poll_letters(database, SHOP, poll=done, now=now, secret=b"")


def clean(database: Database, now: datetime) -> int:
    """Sweep as the worker does; how many orders were forgotten."""
    sweep(database, now=now, policy=POLICY)
    forgotten = forget_orders(database, now=now, policy=POLICY, secret=SECRET)
    database.tidy()
    return forgotten


def forget(database: Database, proof: Proof, *, now: datetime = NOW) -> None:
    """Have the number forgotten."""
    forget_number(database, proof, now=now, policy=POLICY, secret=SECRET)
    database.tidy()


def lying(database: Database) -> list[str]:
    """Name what can be found in the database: in its files' bytes, or in every row of every table."""
    where = make_url(database.engine.url)
    if where.get_backend_name() == "sqlite":
        path = Path(where.database or "")
        files = [path, *path.parent.glob(f"{path.name}-*")]
        there = b"".join(file.read_bytes() for file in files)
        return [name for name in NAMES if name.encode() in there]
    with database.read() as connection:
        names = connection.exec_driver_sql("select tablename from pg_tables where schemaname = 'public'")
        rows = [
            text
            for name in names.scalars().all()
            for text in connection.exec_driver_sql(f"select t::text from {name} t").scalars()  # noqa: S608 - a table's name
        ]
    return [name for name in NAMES if any(name in row for row in rows)]


def test_what_is_looked_for_is_found_while_it_is_kept(database: Database) -> None:
    ordered(database)
    assert {NUMBER.e164, TOLD.label, TOLD.handle} <= set(lying(database))


@pytest.mark.parametrize("said", [Said.FULFILLED, Said.DENIED])
def test_thirty_days_after_an_order_has_ended_nothing_names_its_holder(
    database: Database, said: Said
) -> None:
    _, order = ordered(database)
    settle(database, order.id, said=said)
    assert timedelta(days=30) == POLICY.closed_kept
    assert clean(database, NOW + POLICY.closed_kept) == 0
    assert NUMBER.e164 in lying(database)
    assert clean(database, NOW + POLICY.closed_kept + TICK) == 1
    assert lying(database) == []
    [row] = picture(database)["orders"]
    assert order.id in row


def test_an_order_that_expired_is_forgotten_and_its_letter_withdrawn(database: Database) -> None:
    _, order = ordered(database)
    clean(database, order.due)
    assert clean(database, order.due + POLICY.closed_kept + TICK) == 1
    assert lying(database) == []
    assert settle(database, order.id, now=order.due) == ["unknown_order"]


def test_an_open_order_is_never_forgotten(database: Database) -> None:
    _, order = ordered(database)
    settle(database, order.id, said=Said.ACCEPTED)
    assert clean(database, order.due - TICK) == 0
    assert NUMBER.e164 in lying(database)


def test_a_revocation_that_nobody_has_taken_is_not_forgotten(database: Database) -> None:
    proof, order = ordered(database)
    revoke_order(database, proof, order_id=order.id, now=NOW, policy=POLICY)
    much_later = NOW + 2 * POLICY.closed_kept
    assert clean(database, much_later) == 0
    confirm(database, much_later)
    assert clean(database, much_later) == 1
    assert lying(database) == []


def test_orders_about_one_number_can_still_be_told_to_be(database: Database) -> None:
    proof, order = ordered(database)
    settle(database, order.id, said=Said.DENIED)
    settle(database, place(database, proof, *answered(database, proof, TOLD))[0].id, said=Said.DENIED)
    assert clean(database, NOW + POLICY.closed_kept + TICK) == 2
    with database.read() as connection:
        stands = connection.exec_driver_sql("select number from orders").scalars().all()
    assert len(set(stands)) == 1


def test_a_holder_is_forgotten_at_once(database: Database) -> None:
    proof, order = ordered(database)
    settle(database, order.id)
    look(database, order)
    asked(database, proof)
    confirm(database)
    forget(database, proof)
    assert lying(database) == []
    after = picture(database)
    for table in ("proofs", "sessions", "texts", "queries", "asked", "bindings", "letters", "receipts"):
        assert after[table] == [], table
    with database.read() as connection:
        last = connection.exec_driver_sql("select entry from journal order by seq desc").scalars().first()
    assert (read(last or "").what, read(last or "").said) == ("number:forgotten", {"orders": 1})


def test_what_an_open_order_needs_stays_when_the_rest_is_forgotten(database: Database) -> None:
    proof, order = ordered(database)
    forget(database, proof)
    with database.read() as connection:
        assert orders.get(connection, order.id, number=NUMBER) == order
    assert settle(database, order.id) == ["recorded"]


def test_a_second_look_that_waits_stays_when_the_rest_is_forgotten(database: Database) -> None:
    proof, order = ordered(database)
    settle(database, order.id)
    forget(database, proof)
    look(database, order)
    with database.read() as connection:
        assert orders.get(connection, order.id, number=NUMBER).state is State.VERIFIED


def test_what_people_see_to_is_taken_back_and_forgotten_with_the_rest(database: Database) -> None:
    proof, order = ordered(database)
    for attempt in (1, 2):
        settle(database, order.id, attempt=attempt)
        look(database, order, TOLD)
    forget(database, proof, now=NOW + TICK)
    assert lying(database) == []
    after = picture(database)
    assert after["letters"] == []
    assert '"revoked"' in after["orders"][0]
    with database.read() as connection:
        told = connection.exec_driver_sql("select entry from journal order by seq desc").scalars().all()
    assert [read(entry).said for entry in told[:2]] == [{"orders": 1}, {"state": "revoked", "attempt": 2}]


def test_only_who_has_proven_the_number_now_has_it_forgotten(database: Database) -> None:
    proof, _ = ordered(database)
    with unchanged(database), pytest.raises(ProofStale):
        forget(database, replace(proof, proven_at=NOW - POLICY.proof_life))


def test_a_session_ends_when_nobody_has_used_it_for_half_an_hour(database: Database) -> None:
    policy = replace(POLICY, proof_life=timedelta(hours=8))
    proof = proven(database)
    with database.write() as connection:
        token = sessions.open_for(connection, proof.id)
    idle = policy.session_idle
    assert idle == timedelta(minutes=30)
    for used in (NOW, NOW + idle - TICK, NOW + 2 * (idle - TICK)):
        assert use_session(database, token, now=used, policy=policy) == proof
    with unchanged(database), pytest.raises(ProofStale):
        use_session(database, token, now=NOW + 3 * idle, policy=policy)


def test_a_sweep_erases_the_sessions_that_have_ended(database: Database) -> None:
    proven(database)
    sweep(database, now=NOW + POLICY.session_idle, policy=POLICY)
    assert len(picture(database)["sessions"]) == 1
    sweep(database, now=NOW + POLICY.session_idle + TICK, policy=POLICY)
    assert picture(database)["sessions"] == []


def test_what_was_written_ahead_is_emptied(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    with database.write() as connection:
        connection.exec_driver_sql("create table one (said text)")
        connection.exec_driver_sql("insert into one values ('geheim')")
    assert b"geheim" in (tmp_path / "hub.db-wal").read_bytes()
    database.tidy()
    assert (tmp_path / "hub.db-wal").read_bytes() == b""
    assert sqlite3.connect(tmp_path / "hub.db").execute("select said from one").fetchall() == [("geheim",)]
    database.close()
