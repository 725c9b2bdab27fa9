"""A holder asks platforms which of their records use the number."""

from collections.abc import Sequence
from datetime import datetime

from jiebang.domain.deed import DeedKind, done
from jiebang.domain.departure import require_held
from jiebang.domain.errors import NothingTicked, UnknownParty
from jiebang.domain.letter import bindings_asked
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.query import Query
from jiebang.domain.tenure import tenures
from jiebang.store import ids, journal, mailbox, numbers, parties, proofs, queries
from jiebang.store.database import Database


def ask_platforms(
    database: Database, proof: Proof, *, platform_ids: Sequence[str], now: datetime, policy: Policy
) -> Query:
    """
    Put one question to each ticked platform, and to no other.

    Refuses with `ProofStale`, `NumberLeft`, `NothingTicked` or `UnknownParty`.
    """
    proof.require(now, policy)
    ticked = dict.fromkeys(platform_ids)
    if not ticked:
        raise NothingTicked
    with database.write() as connection:
        proofs.hold(connection, proof)
        require_held(tenures(numbers.history(connection, proof.number)), now)
        if not ticked.keys() <= {platform.id for platform in parties.platforms(connection)}:
            raise UnknownParty
        query = Query(id=ids.new("qry"), number=proof.number, asked_at=now, proof_id=proof.id)
        calendars = parties.calendars(connection, ticked)
        asked = [query.put_to(one, calendar=calendars[one], policy=policy) for one in ticked]
        queries.add(connection, [(query, asked)])
        mailbox.leave(connection, [bindings_asked(query, one, jti=ids.new("set")) for one in asked])
        if proof.front_id is not None:
            journal.write(connection, [done(proof, DeedKind.QUERY_PUT, at=now)])
    return query
