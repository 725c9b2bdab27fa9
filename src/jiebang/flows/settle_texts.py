"""A worker strikes off the texts that it has sent."""

from collections.abc import Sequence

from jiebang.store import proofs
from jiebang.store.database import Database


def settle_texts(database: Database, proof_ids: Sequence[str]) -> None:
    """Strike them off; doing so again changes nothing."""
    with database.write() as connection:
        proofs.settle_texts(connection, proof_ids)
