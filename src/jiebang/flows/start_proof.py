"""A person says that they hold a number, and a code is sent to it."""

from datetime import datetime

from jiebang.domain import proof as domain
from jiebang.domain.number import Number
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.store import ids, proofs, texts
from jiebang.store.database import Database


def start_proof(
    database: Database, number: Number, *, now: datetime, policy: Policy, front_id: str | None = None
) -> Proof:
    """
    Begin a proof and leave the text with its code; the same for every number, known or not.

    `front_id` is the front through which the holder comes; only there can the code be told.

    Refuses with `CodeLocked` or `TooManyCodes`, which say until when.
    """
    with database.write() as connection:
        earlier = proofs.of_number(connection, number, since=now - domain.remembered(policy))
        started = domain.start(
            ids.new("prf"), number, earlier=earlier, now=now, policy=policy, front_id=front_id
        )
        proofs.keep(connection, started)
        texts.leave_code(connection, started, good_until=now + policy.code_life)
    return started
