"""What must hold at every step of a walk, whoever has done what."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Connection, select

from jiebang.domain.journal import verify
from jiebang.domain.order import LIVE, MOVES, Order, State
from jiebang.flows.seal_journal import seal_journal
from jiebang.store import journal, orders
from jiebang.store.database import Database
from jiebang.store.orders import order_of
from jiebang.store.tables import letters as letters_table
from jiebang.store.tables import orders as orders_table
from jiebang.wire.notes import Sealer, open_checkpoint
from tests.build import NOW

SEALER = Sealer("https://hub.example/journal", bytes(32))


class Holding(RuleBasedStateMachine):
    """A hub that is looked at after each step."""

    database: Database
    now: datetime

    def __init__(self) -> None:
        """Begin with nothing revoked."""
        super().__init__()
        self.revoked: set[str] = set()
        self.ended_at = NOW - timedelta(days=9000)
        """When the last tenure that has ended did so, as the hub was told."""

    def placed(self) -> list[Order]:
        """Read every order there is."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(orders_table).order_by(orders_table.c.placed_at, orders_table.c.handle)
            )
            return [order_of(row) for row in rows]

    @invariant()
    def the_journal_explains_every_state(self) -> None:
        """Follow each order from its first entry: every move is one that `MOVES` has."""
        placed = self.placed()
        with self.database.read() as connection:
            taken = orders.timelines(connection, [order.id for order in placed])
        possible = {(before, after) for (before, _), after in MOVES.items()}
        for order in placed:
            states = [step.state for step in taken[order.id]]
            assert (states[0], states[-1]) == (State.OPEN, order.state)
            assert {*pairwise(states)} <= possible

    @invariant()
    def a_record_has_one_live_order(self) -> None:
        """Two taps are one order."""
        live = [(order.platform_id, order.handle) for order in self.placed() if order.state in LIVE]
        assert len(live) == len(set(live))

    @invariant()
    def what_is_revoked_stays_so_and_is_never_delivered_any_more(self) -> None:
        """Nobody brings it back to life, and no letter that orders it waits."""
        revoked = {order.id for order in self.placed() if order.state is State.REVOKED}
        assert self.revoked <= revoked
        self.revoked = revoked
        with self.database.read() as connection:
            waiting = _waiting(connection)
        assert {order_id for order_id, said in waiting if "handle" in said} & revoked == set()

    @invariant()
    def no_order_outlives_its_tenure(self) -> None:
        """What an earlier holder ordered is over."""
        assert [one for one in self.placed() if one.state in LIVE and one.placed_at < self.ended_at] == []

    def teardown(self) -> None:
        """Hold the whole journal against its seals."""
        seal_journal(self.database, now=self.now, sign=SEALER.seal)
        with self.database.read() as connection:
            notes = journal.all_checkpoints(connection)
            signed = [open_checkpoint(note, SEALER.verifier()) for note in notes.values()]
            list(verify(journal.sealed(connection), signed))


def _waiting(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
    rows = connection.execute(select(letters_table.c.order_id, letters_table.c.said))
    return [(row.order_id, row.said) for row in rows]
