"""A holder who is leaving sees what there is to go through."""

from dataclasses import dataclass
from datetime import datetime

from jiebang.domain.leaving import Checklist
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import checklists, numbers, statements
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True)
class Seen:
    """The list, and when its end was last told to the carrier."""

    checklist: Checklist
    stated_at: datetime | None


def see_checklist(database: Database, proof: Proof, *, now: datetime, policy: Policy, secret: bytes) -> Seen:
    """Put the list together; refuses with `ProofStale`."""
    proof.require(now, policy)
    with database.read() as connection:
        checklist = checklists.of_number(connection, proof.number, now=now, policy=policy, secret=secret)
        since = numbers.told_since(connection, proof.number, now=now)
        return Seen(checklist, statements.of_number(connection, proof.number, since=since))
