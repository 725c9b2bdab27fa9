"""Proofs, and the sessions that stand on a proof."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.errors import UnknownProof
from jiebang.domain.proof import Proof
from jiebang.domain.showing import NotYourProof
from jiebang.store import proofs, sessions, texts
from jiebang.store.database import Database
from tests.build import NOW, NUMBER, OTHER_NUMBER, PROOF
from tests.memory import picture, unchanged

TICK = timedelta(microseconds=1)


def begin(database: Database, *begun: Proof) -> None:
    """Begin proofs."""
    with database.write() as connection:
        for proof in begun:
            proofs.keep(connection, proof)


def test_a_proof_comes_back_as_it_was_saved(database: Database) -> None:
    begin(database, PROOF)
    later = replace(PROOF, wrong=3, locked_until=NOW + TICK, proven_at=NOW - TICK)
    with database.write() as connection:
        assert proofs.get(connection, PROOF.id) == PROOF
        proofs.save(connection, later)
        assert proofs.get(connection, PROOF.id, lock=True) == later
        with pytest.raises(UnknownProof):
            proofs.get(connection, "prf_none")


def test_a_wrong_try_counts_for_every_open_code_of_the_number(database: Database) -> None:
    proven = replace(PROOF, id="prf_2", proven_at=NOW)
    locked = replace(PROOF, id="prf_3", wrong=5, locked_until=NOW)
    other = replace(PROOF, id="prf_4", number=OTHER_NUMBER)
    begin(database, PROOF, proven, locked, other, replace(PROOF, id="prf_5"))
    tried = replace(PROOF, wrong=2)
    with database.write() as connection:
        proofs.save(connection, tried)
        proofs.carry_over(connection, tried)
        found = [proofs.get(connection, f"prf_{nth}") for nth in range(1, 6)]
    assert found == [tried, proven, locked, other, replace(tried, id="prf_5")]


def test_a_numbers_proofs_are_read_oldest_first(database: Database) -> None:
    begun = [replace(PROOF, id=f"prf_{nth}", started_at=NOW + nth * TICK) for nth in range(4)]
    begin(database, *reversed(begun), replace(PROOF, id="prf_other", number=OTHER_NUMBER))
    with database.read() as connection:
        assert proofs.of_number(connection, NUMBER, since=NOW + TICK) == begun[1:]


def test_what_is_old_is_erased_with_all_that_stands_on_it(database: Database) -> None:
    begin(database, PROOF, replace(PROOF, id="prf_2", started_at=NOW + TICK))
    with database.write() as connection:
        tokens = [sessions.open_for(connection, proof_id) for proof_id in ("prf_1", "prf_2")]
        for proof_id in ("prf_1", "prf_2"):
            texts.leave_code(connection, replace(PROOF, id=proof_id), good_until=NOW + TICK)
        proofs.erase(connection, before=NOW + TICK, of_fronts=NOW)
    assert [len(picture(database)[table]) for table in ("proofs", "texts", "sessions")] == [1, 1, 1]
    with database.read() as connection:
        assert sessions.find(connection, tokens[1]).id == "prf_2"
        with pytest.raises(NotYourProof):
            sessions.find(connection, tokens[0])


def test_a_session_is_kept_as_a_hash_only(database: Database) -> None:
    begin(database, PROOF)
    with database.write() as connection:
        token = sessions.open_for(connection, PROOF.id)
    kept = json.dumps(picture(database))
    assert token not in kept
    assert hashlib.sha256(token.encode()).hexdigest() in kept


def test_a_session_is_found_by_its_token_until_it_is_closed(database: Database) -> None:
    begin(database, PROOF)
    with database.write() as connection:
        mine, yours = (sessions.open_for(connection, PROOF.id) for _ in range(2))
        assert mine != yours
        assert sessions.find(connection, mine) == PROOF
        sessions.close(connection, mine)
        with pytest.raises(NotYourProof):
            sessions.find(connection, mine)
        assert sessions.find(connection, yours) == PROOF


@pytest.mark.parametrize("token", ["", "unheard", hashlib.sha256(b"x").hexdigest()])
def test_to_close_what_is_not_open_changes_nothing(database: Database, token: str) -> None:
    begin(database, PROOF)
    with unchanged(database), database.write() as connection:
        sessions.close(connection, token)
