"""Sessions: a holder's browser and the proof it has shown. Only the token's hash is kept."""

import hashlib
import secrets

from sqlalchemy import Connection, delete, insert, select

from jiebang.domain.errors import ProofStale
from jiebang.domain.proof import Proof
from jiebang.store import proofs
from jiebang.store.tables import sessions


def open_for(connection: Connection, proof_id: str) -> str:
    """Open a session on a proof and return its token, which is told once."""
    token = secrets.token_urlsafe(32)
    connection.execute(insert(sessions).values(token_hash=_hash(token), proof_id=proof_id))
    return token


def find(connection: Connection, token: str) -> Proof:
    """The proof that a session stands on; refuses with `ProofStale` a session that is not open."""
    wanted = select(sessions.c.proof_id).where(sessions.c.token_hash == _hash(token))
    proof_id = connection.scalar(wanted)
    if proof_id is None:
        raise ProofStale
    return proofs.get(connection, proof_id)


def close(connection: Connection, token: str) -> None:
    """Close a session; closing it again changes nothing."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
