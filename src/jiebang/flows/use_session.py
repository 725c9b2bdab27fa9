"""A holder comes back to their session."""

from datetime import datetime, timedelta

from jiebang.domain.errors import ProofStale
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import sessions
from jiebang.store.database import Database

_OFTEN = timedelta(minutes=1)
"""How finely it is written down when a session was used: not every page needs to write."""


def use_session(
    database: Database, token: str, *, now: datetime, policy: Policy, front_id: str | None = None
) -> Proof:
    """
    Find the proof that a session stands on, at the portal or through a front, and write down that it is used.

    Refuses with `NotYourProof` a session that is not open there, with `ProofStale` one that nobody has
    used for too long, or whose proof counts no more.
    """
    with database.read() as connection:
        proof = sessions.find(connection, token, front_id=front_id)
        used_at = sessions.used_at(connection, token) or proof.proven_at or now
    proof.require(now, policy)
    if now >= used_at + policy.session_idle:
        raise ProofStale
    if now >= used_at + _OFTEN:
        with database.write() as connection:
            sessions.use(connection, token, now=now)
    return proof
