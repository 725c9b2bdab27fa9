"""A party shows an assertion, which is good for one use."""

from datetime import datetime

from jiebang.domain.errors import BadToken
from jiebang.store import parties
from jiebang.store.database import Database


def use_assertion(database: Database, party_id: str, *, jti: str, until: datetime) -> None:
    """Use an assertion up; refuses with `BadToken` one that was used before."""
    with database.write() as connection:
        if not parties.use_assertion(connection, party_id, jti=jti, until=until):
            raise BadToken
