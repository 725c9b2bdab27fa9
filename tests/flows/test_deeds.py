"""What fronts did can be found for a while, and nobody goes on by a proof that has ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jiebang.domain.deed import DeedKind
from jiebang.domain.errors import ProofStale
from jiebang.domain.proof import Proof, Showing
from jiebang.domain.showing import ShownBy
from jiebang.domain.tenure import Change
from jiebang.flows.believe_front import believe_front
from jiebang.flows.forget_number import forget_number
from jiebang.flows.load_changes import load_changes
from jiebang.flows.sweep import sweep
from jiebang.flows.tell_deeds import tell_deeds
from jiebang.store import sessions
from jiebang.store.database import Database
from tests.build import HISTORY, NOW, NUMBER, POLICY
from tests.flows.holder import asked, proven
from tests.memory import CARRIER, picture, unchanged

TICK = timedelta(microseconds=1)
FRONT = "par_app"


def at_front(database: Database, now: datetime = NOW) -> Proof:
    """Show the number through a front."""
    showing = Showing(
        front_id=FRONT, number=NUMBER, shown_by=ShownBy.CODE, jti="one", until=now + timedelta(minutes=2)
    )  # fmt: skip
    token = believe_front(database, showing, now=now)
    with database.read() as connection:
        return sessions.find(connection, token, front_id=FRONT)


def test_what_fronts_did_is_found_for_thirty_days_and_other_proofs_are_not(database: Database) -> None:
    asked(database, at_front(database))
    holder = proven(database)
    sweep(database, now=NOW + POLICY.answers_kept + TICK, policy=POLICY)
    assert len(picture(database)["proofs"]) == 1
    later = NOW + POLICY.closed_kept
    sweep(database, now=later, policy=POLICY)
    there = replace(holder, proven_at=later)
    told = tell_deeds(database, there, now=later, policy=POLICY)
    assert {one.kind for one in told} == {DeedKind.QUERY_PUT, DeedKind.PROOF_SHOWN}
    sweep(database, now=later + TICK, policy=POLICY)
    assert picture(database)["proofs"] == []
    assert tell_deeds(database, there, now=later, policy=POLICY) == []


@pytest.mark.parametrize(
    ("history", "before", "told"),
    [
        (HISTORY, datetime(2026, 3, 1, 15, tzinfo=UTC), 0),
        (HISTORY, datetime(2026, 3, 1, 17, tzinfo=UTC), 1),
        (HISTORY[:2], datetime(2025, 11, 3, 15, tzinfo=UTC), 0),
        (HISTORY[:2], datetime(2025, 11, 3, 17, tzinfo=UTC), 1),
        ((), datetime(2025, 11, 3, tzinfo=UTC), 1),
    ],
)
def test_what_fronts_did_for_an_earlier_holder_is_told_to_nobody(
    database: Database, history: tuple[Change, ...], before: datetime, told: int
) -> None:
    load_changes(database, CARRIER, changes=history, now=NOW, policy=POLICY)
    at_front(database, before)
    assert len(tell_deeds(database, proven(database), now=NOW, policy=POLICY)) == told


def test_nobody_is_told_by_a_proof_that_counts_no_more(database: Database) -> None:
    with pytest.raises(ProofStale):
        tell_deeds(database, at_front(database), now=NOW + POLICY.proof_life, policy=POLICY)


def test_a_front_that_had_it_forgotten_goes_on_by_no_proof(database: Database) -> None:
    proof = at_front(database)
    forget_number(database, proof, now=NOW, policy=POLICY, secret=b"secret")
    assert picture(database)["sessions"] == []
    with unchanged(database), pytest.raises(ProofStale):
        asked(database, proof)


def test_what_a_holder_asks_at_the_portal_is_no_fronts_deed(database: Database) -> None:
    proof = proven(database)
    asked(database, proof)
    assert tell_deeds(database, proof, now=NOW, policy=POLICY) == []
