"""Nothing that the hub does all day reads a large table from end to end, however many rows are in it."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from jiebang.domain.tenure import ChangeKind
from jiebang.flows.end_session import end_session
from jiebang.flows.follow_orders import follow_orders
from jiebang.flows.forget_orders import forget_orders
from jiebang.flows.lease_pushes import lease_pushes
from jiebang.flows.lease_texts import lease_texts
from jiebang.flows.load_changes import load_changes
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.seal_journal import seal_journal
from jiebang.flows.settle_texts import settle_texts
from jiebang.flows.suspect_platforms import suspect_platforms
from jiebang.flows.sweep import sweep
from jiebang.store import orders
from jiebang.store.database import Database
from jiebang.wire.notes import Sealer
from tests.build import HISTORY, NOW, POLICY
from tests.flows.holder import ordered, settle, streaming
from tests.memory import CARRIER, SHOP

SMALL = {
    "alembic_version", "parties", "streams", "cursors", "assertions", "loads", "checkpoints", "canaries",
    "habits", "suspicions", "sessions",
}  # fmt: skip
"""A row for each party, for each of its days, or for each holder of the last half hour."""
SEALER = Sealer("https://hub.example/journal", bytes(32))
SECRET = b"secret"
SCANS = {"sqlite": re.compile(r"^SCAN (\w+)$"), "postgresql": re.compile(r"Seq Scan on (\w+)")}


class Plans:
    """Has every statement explained before it is executed; keeps which large tables would be read whole."""

    def __init__(self) -> None:
        self.found: set[tuple[str, str]] = set()
        self.seen: set[str] = set()

    def watch(
        self,
        connection: Connection,
        _cursor: object,
        statement: str,
        *more: Any,  # noqa: ANN401 - as the driver has it
    ) -> None:
        """Explain one statement; what reads nothing has no plan that matters."""
        if not re.match(r"\s*(select|update|delete|with)\b", statement, re.IGNORECASE):
            return
        self.seen.add(statement)
        rows = self._plan(connection, statement, given=more[0][0] if more[-1] else more[0])
        whole = {name for row in rows for name in SCANS[connection.dialect.name].findall(row)}
        self.found |= {(name, statement) for name in whole - SMALL}

    def _plan(self, connection: Connection, statement: str, *, given: Sequence[object]) -> list[str]:
        driver = connection.connection.driver_connection
        assert driver is not None
        cursor = driver.cursor()
        if connection.dialect.name == "sqlite":
            return [row[3] for row in cursor.execute(f"explain query plan {statement}", given)]
        # Empty tables are read whole where nothing else is said; this says whether they would have to be.
        cursor.execute("set local enable_seqscan = off")
        return [row[0] for row in cursor.execute(f"explain {statement}", given)]


@pytest.fixture
def plans(database: Database) -> Iterator[Plans]:
    """Watch what the hub asks its database."""
    plans = Plans()
    event.listen(database.engine, "before_cursor_execute", plans.watch)
    yield plans
    event.remove(database.engine, "before_cursor_execute", plans.watch)


def a_day(database: Database) -> None:
    """Live through an order: proven, asked, answered, placed, taken, settled, followed; and a correction."""
    stream = streaming(database)
    proof, placed = ordered(database)
    handed = poll_letters(
        database, SHOP, poll=Poll(stream_id=stream.id, most=99), now=NOW, secret=SECRET
    ).letters
    done = Poll(stream_id=stream.id, most=0, confirmed=[one.jti for one in handed])
    poll_letters(database, SHOP, poll=done, now=NOW, secret=SECRET)
    settle(database, *[order.id for order in placed])
    follow_orders(database, proof, now=NOW, policy=POLICY)
    end_session(database, "a token of nobody's")
    back = HISTORY[2]._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.ASSIGNED)
    load_changes(database, CARRIER, changes=[back], now=NOW, policy=POLICY)


def a_minute(database: Database) -> None:
    """Do what the worker does over and over."""
    later = NOW + timedelta(days=100)
    for now in (NOW, later):
        texts = lease_texts(database, now=now, most=50)
        settle_texts(database, [own for text in texts for own in text.ids], now=now)
        lease_pushes(database, now=now, most=50, policy=POLICY)
        seal_journal(database, now=now, sign=SEALER.seal)
        sweep(database, now=now, policy=POLICY)
        suspect_platforms(database, now=now, policy=POLICY)
        forget_orders(database, now=now, policy=POLICY, secret=SECRET)
    with database.read() as connection:
        orders.escalated(connection)


def test_no_large_table_is_read_from_end_to_end(database: Database, plans: Plans) -> None:
    a_day(database)
    a_minute(database)
    assert len(plans.seen) > 40
    assert sorted(plans.found) == []
