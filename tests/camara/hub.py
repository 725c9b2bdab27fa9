"""A hub that listens on a port of this machine, with the history of one number and a token to ask with."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvicorn

from jiebang.app import create
from jiebang.domain.journal import Entry
from jiebang.domain.party import SCOPES, Role
from jiebang.domain.policy import Policy
from jiebang.flows.load_changes import load_changes
from jiebang.flows.seal_journal import seal_journal
from jiebang.house import House
from jiebang.sandbox.program import free_port
from jiebang.store import journal
from jiebang.wire import keys
from jiebang.wire.carriers import Source
from jiebang.wire.oauth import Grant, sign_access_token
from tests.build import HISTORY, NOW
from tests.memory import CARRIER, SHOP, opened

ISSUER = "https://hub.example"
FREE = "+18005550123"
"""A number that nobody can hold as theirs."""


@dataclass(frozen=True, slots=True)
class Running:
    """A hub, and where it listens."""

    house: House
    url: str

    def token(self, party_id: str = SHOP, role: Role = Role.PLATFORM) -> str:
        """Give a token with all that a role may do."""
        grant = Grant(party_id=party_id, scopes=frozenset(SCOPES[role]))
        now, life = datetime.now(UTC), timedelta(minutes=10)
        return sign_access_token(grant, ISSUER, key=self.house.key, now=now, life=life)


_POLICY = Policy()


@contextmanager
def running(
    database_url: str, *, sources: Sequence[Source] = (), policy: Policy = _POLICY
) -> Iterator[Running]:
    """Run a hub in a thread of its own."""
    with opened(database_url) as database:
        load_changes(database, CARRIER, changes=HISTORY, now=NOW, policy=Policy())
        house = House(
            database=database, policy=policy, key=keys.make(), issuer=ISSUER,
            now=lambda: datetime.now(UTC), secure_cookies=True,
        )  # fmt: skip
        with database.write() as connection:
            journal.write(connection, [Entry(at=NOW, what="order:moved", by="hub")])
        seal_journal(database, now=NOW, sign=house.sealer.seal)
        port = free_port()
        config = uvicorn.Config(
            create(house, sources=sources), port=port, log_level="warning", access_log=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Running(house, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(20)
