"""A front says that a holder has shown it their number, and is believed."""

from datetime import datetime

from jiebang.domain.journal import proof_shown
from jiebang.domain.proof import Showing
from jiebang.domain.showing import BadAssertion
from jiebang.store import ids, journal, parties, proofs, sessions
from jiebang.store.database import Database


def believe_front(database: Database, showing: Showing, *, now: datetime) -> str:
    """Open a session on a front's word, and return its token; refuses with `BadAssertion` a used one."""
    with database.write() as connection:
        if not parties.use_assertion(connection, showing.front_id, jti=showing.jti, until=showing.until):
            raise BadAssertion
        proof = showing.proof(ids.new("prf"), now)
        proofs.keep(connection, proof)
        journal.write(connection, [proof_shown(proof, at=now, front_id=showing.front_id)])
        return sessions.open_for(connection, proof.id)
