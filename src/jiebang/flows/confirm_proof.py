"""A person types the code that was sent to the number."""

from datetime import datetime

from jiebang.domain.errors import UnknownProof
from jiebang.domain.journal import proof_shown
from jiebang.domain.policy import Policy
from jiebang.store import journal, proofs, sessions
from jiebang.store.database import Database


def confirm_proof(
    database: Database,
    proof_id: str,
    *,
    right: bool,
    now: datetime,
    policy: Policy,
    front_id: str | None = None,
) -> str:
    """
    Count a try at the code, and for a right one open a session; returns the session's token.

    Refuses with `WrongCode`, `CodeLocked`, `CodeExpired`, or `UnknownProof` where the proof was begun
    at another door. A wrong try is kept before it is refused: that is why the verdict is asked for
    outside the transaction. It counts for every code of the number, so that codes asked for
    beforehand buy no guesses.
    """
    token = ""
    with database.write() as connection:
        proof = proofs.get(connection, proof_id, lock=True)
        if proof.front_id != front_id:
            raise UnknownProof
        tried = proof.tried(right=right, now=now, policy=policy)
        proofs.save(connection, tried)
        if right:
            token = sessions.open_for(connection, proof_id)
            if front_id is not None:
                journal.write(connection, [proof_shown(tried, at=now, front_id=front_id)])
        else:
            proofs.carry_over(connection, tried)
    tried.verdict(policy)
    return token
