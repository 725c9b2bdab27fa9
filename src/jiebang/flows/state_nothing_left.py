"""A holder who is leaving tells their carrier that nothing is left on the number."""

from datetime import datetime

from jiebang.domain.deed import DeedKind, done
from jiebang.domain.departure import require_not_left
from jiebang.domain.leaving import NobodyToTell, Statement
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.tenure import standing, tenures
from jiebang.store import checklists, journal, numbers, proofs, statements
from jiebang.store.database import Database


def state_nothing_left(
    database: Database, proof: Proof, *, now: datetime, policy: Policy, secret: bytes
) -> Statement:
    """
    Leave the statement for the carrier that last reported the number to fetch.

    Refuses with `ProofStale`, `NobodyToTell`, with `NumberLeft` once nobody is known to hold the number any
    more, or with `NotFinished` while anything is undecided or open.
    """
    proof.require(now, policy)
    with database.write() as connection:
        proofs.hold(connection, proof)
        history = numbers.history(connection, proof.number)
        require_not_left(tenures(history))
        checklist = checklists.of_number(connection, proof.number, now=now, policy=policy, secret=secret)
        said = checklist.statement(proof.number, now)
        carrier_id = next((one.carrier_id for one in reversed(standing(history)) if one.carrier_id), None)
        if carrier_id is None:
            raise NobodyToTell
        statements.keep(connection, said, carrier_id=carrier_id)
        journal.write(connection, [done(proof, DeedKind.STATEMENT_MADE, at=now)])
    return said
