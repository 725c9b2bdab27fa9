"""Sessions: a holder's browser, or a front, and the proof it has shown. Only the token's hash is kept."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

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


def used_at(connection: Connection, token: str) -> datetime | None:
    """When a session was last seen to be used; `None` before that was ever written down."""
    return connection.scalar(select(sessions.c.used_at).where(sessions.c.token_hash == _hash(token)))


def use(connection: Connection, token: str, *, now: datetime) -> None:
    """Write down that a session is used."""
    used = update(sessions).where(sessions.c.token_hash == _hash(token))
    connection.execute(used.values(used_at=now))


def erase_idle(connection: Connection, *, before: datetime) -> None:
    """Erase sessions that were last used, or opened and never used, before an instant."""
    given = select(proofs_table.c.proven_at).where(proofs_table.c.id == sessions.c.proof_id)
    last = func.coalesce(sessions.c.used_at, given.scalar_subquery())
    connection.execute(delete(sessions).where(last < before))


def close(connection: Connection, token: str, *, front_id: str | None = None) -> None:
    """Close a session where it was opened; closing it again, or elsewhere, changes nothing."""
    there = select(proofs_table.c.id).where(
        proofs_table.c.id == sessions.c.proof_id, proofs_table.c.front_id == front_id
    )
    connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token), there.exists()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
