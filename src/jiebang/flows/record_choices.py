"""A holder decides about records without ordering anything, and the hub remembers it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jiebang.domain.choice import Choice, Chosen, check_choice
from jiebang.domain.deed import DeedKind, done
from jiebang.domain.errors import NothingTicked
from jiebang.domain.number import keyed
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.tenure import present
from jiebang.store import choices, journal, numbers, proofs, queries
from jiebang.store.database import Database


@dataclass(frozen=True, slots=True)
class Decision:
    """What the holder decides about one record in their results."""

    binding_id: str
    choice: Choice


def record_choices(
    database: Database,
    proof: Proof,
    *,
    decided: Sequence[Decision],
    now: datetime,
    policy: Policy,
    secret: bytes,
) -> None:
    """
    Remember what was decided, all or none; to decide again changes it, and the last word stands.

    `secret` keys the hash under which the number is remembered. Refuses with `ProofStale`,
    `NothingTicked`, `UnknownBinding` or `NotInDoubt`.
    """
    proof.require(now, policy)
    if not decided:
        raise NothingTicked
    with database.write() as connection:
        proofs.hold(connection, proof)
        tenure = present(numbers.history(connection, proof.number))
        found = queries.found_by_ids(connection, [one.binding_id for one in decided], number=proof.number)
        made = {}  # two queries can have found the same record
        for one, record in zip(decided, found, strict=True):
            check_choice(one.choice, record.binding.origin(tenure))
            platform_id, handle = record.platform_id, record.binding.handle
            made[platform_id, handle] = Chosen(
                platform_id=platform_id, handle=handle, choice=one.choice, at=now
            )
        choices.keep(connection, keyed(proof.number, secret=secret), made=list(made.values()))
        entry = done(proof, DeedKind.CHOICE_MADE, at=now)
        said = [{"choice": one.choice.value} for one in made.values()]
        journal.write(connection, [replace(entry, said=one) for one in said])
