"""A front has been shown something of a holder's, or has taken it along, and that is noted."""

from datetime import datetime

from jiebang.domain.deed import SEEN, DeedKind, done
from jiebang.domain.proof import Proof
from jiebang.store import journal
from jiebang.store.database import Database


def note_deed(database: Database, proof: Proof, *, kind: DeedKind, now: datetime) -> None:
    """Write it into the journal; what a front looks at again and again, once for each proof."""
    if kind in SEEN:
        with database.read() as connection:
            if any(entry.what == kind.value for entry in journal.of_proofs(connection, [proof.id])):
                return
    with database.write() as connection:
        journal.write(connection, [done(proof, kind, at=now)])
