"""A person types the code that was sent to the number."""

from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.errors import UnknownProof
from jiebang.domain.journal import HOLDER, Entry, proof_shown
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
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
    beforehand buy no guesses; a right one pays for the wrong ones of them all.
    """
    token = ""
    with database.write() as connection:
        proof = proofs.get(connection, proof_id, lock=True)
        if proof.front_id != front_id:
            raise UnknownProof
        tried = proof.tried(right=right, now=now, policy=policy)
        proofs.save(connection, tried)
        proofs.carry_over(connection, tried)
        if right:
            token = sessions.open_for(connection, proof_id)
            if front_id is not None:
                journal.write(connection, [proof_shown(tried, at=now, front_id=front_id)])
            if _counts_already(connection, proof, now=now, policy=policy):
                renewed = Entry(at=now, what="proof:renewed", by=front_id or HOLDER, proof_id=proof_id)
                journal.write(connection, [renewed])
    tried.verdict(policy)
    return token


def _counts_already(connection: Connection, proof: Proof, *, now: datetime, policy: Policy) -> bool:
    """Whether another proof of the same number still counts."""
    began = now - policy.proof_life - policy.code_life
    earlier = proofs.of_number(connection, proof.number, since=began)
    ends = [one.good_until(policy) for one in earlier if one.id != proof.id]
    return any(end is not None and now < end for end in ends)
