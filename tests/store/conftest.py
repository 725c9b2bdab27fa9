"""A database with a carrier, on SQLite and on PostgreSQL in turn."""

from collections.abc import Iterator

import pytest

from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from tests.build import NOW

CARRIER = "par_shanhe"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a database that a carrier has joined."""
    opened = Database(database_url)
    upgrade(opened)
    for party_id in (CARRIER, "par_nanfeng"):
        party = Party(id=party_id, role=Role.CARRIER, name=party_id, jwks={"keys": []})
        add_party(opened, party, now=NOW)
    yield opened
    opened.close()
