"""Whoever reads sees one state of the database, whatever others write in the meantime."""

from datetime import UTC, datetime

from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.store import parties
from jiebang.store.database import Database

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_what_is_written_while_somebody_reads_is_not_seen_half(database_url: str) -> None:
    database = Database(database_url)
    with database.read() as connection:
        assert parties.everyone(connection) == []
        party = Party(id="par_late", role=Role.PLATFORM, name="青鸟商城", jwks={"keys": []}, timezone="UTC")
        add_party(database, party, now=NOW)
        assert parties.everyone(connection) == []
    with database.read() as connection:
        assert [party.id for party in parties.everyone(connection)] == ["par_late"]
    database.close()
