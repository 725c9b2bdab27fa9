"""A carrier, a platform or a front joins the hub."""

from datetime import datetime

from jiebang.domain.party import Party
from jiebang.store import parties
from jiebang.store.database import Database


def add_party(database: Database, party: Party, *, now: datetime) -> None:
    """Take a party in; refuses with `PartyExists` an id that is taken."""
    with database.write() as connection:
        parties.add(connection, party, now=now)
