"""A platform says where its holders put another number in the place of theirs."""

from jiebang.store import parties
from jiebang.store.database import Database


def set_change_url(database: Database, party_id: str, *, url: str | None) -> None:
    """Set the address, or take it away; refuses with `UnknownParty`."""
    with database.write() as connection:
        parties.get(connection, party_id)
        parties.set_change_url(connection, party_id, url=url)
