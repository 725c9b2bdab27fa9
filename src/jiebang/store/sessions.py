"""Sessions: a holder's browser, or a front, and the proof it has shown. Only the token's hash is kept."""

import hashlib
import secrets

from sqlalchemy import Connection, delete, insert, select

from jiebang.domain.proof import Proof
from jiebang.domain.showing import NotYourProof
from jiebang.store import proofs
from jiebang.store.tables import proofs as proofs_table
from jiebang.store.tables import sessions


def open_for(connection: Connection, proof_id: str) -> str:
    """Open a session on a proof and return its token, which is told once."""
    token = secrets.token_urlsafe(32)
    connection.execute(insert(sessions).values(token_hash=_hash(token), proof_id=proof_id))
    return token


def find(connection: Connection, token: str, *, front_id: str | None = None) -> Proof:
    """
    The proof that a session stands on, at the portal or through a front.

    Refuses with `NotYourProof` a session that is not open, or that somebody else has opened.
    """
    wanted = select(sessions.c.proof_id).where(sessions.c.token_hash == _hash(token))
    proof_id = connection.scalar(wanted)
    if proof_id is None:
        raise NotYourProof
    proof = proofs.get(connection, proof_id)
    if proof.front_id != front_id:
        raise NotYourProof
    return proof


def close(connection: Connection, token: str, *, front_id: str | None = None) -> None:
    """Close a session where it was opened; closing it again, or elsewhere, changes nothing."""
    there = select(proofs_table.c.id).where(proofs_table.c.front_id == front_id)
    closed = delete(sessions).where(sessions.c.token_hash == _hash(token), sessions.c.proof_id.in_(there))
    connection.execute(closed)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
