"""A number is proven: start, confirm, and out again; the texts on their way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jiebang.domain.errors import (
    CodeExpired,
    CodeLocked,
    TooManyCodes,
    UnknownProof,
    WrongCode,
)
from jiebang.domain.journal import read
from jiebang.domain.proof import Proof, Showing
from jiebang.domain.showing import BadAssertion, NotYourProof, ShownBy
from jiebang.domain.text import Code
from jiebang.flows.believe_front import believe_front
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.end_session import end_session
from jiebang.flows.lease_texts import lease_texts
from jiebang.flows.settle_texts import settle_texts
from jiebang.flows.start_proof import start_proof
from jiebang.flows.sweep import sweep
from jiebang.store import journal, proofs, sessions
from jiebang.store.database import Database
from tests.build import NOW, NUMBER, OTHER_NUMBER, POLICY
from tests.memory import changed, picture, together, unchanged

FRONT, OTHER_FRONT = "par_app", "par_counter"
SHOWING = Showing(
    front_id=FRONT, number=NUMBER, shown_by=ShownBy.NETWORK, jti="one", until=NOW + timedelta(minutes=2)
)  # fmt: skip
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LIFE, LOCK = POLICY.code_life, POLICY.code_lock


def start(database: Database, after: timedelta = timedelta(0)) -> Proof:
    """Begin a proof."""
    return start_proof(database, NUMBER, now=NOW + after, policy=POLICY)


def confirm(database: Database, proof: Proof, after: timedelta = timedelta(0), *, right: bool = False) -> str:
    """Type a code."""
    return confirm_proof(database, proof.id, right=right, now=NOW + after, policy=POLICY)


def fail(database: Database, proof: Proof, times: int, after: timedelta = timedelta(0)) -> None:
    """Type wrong codes that do not lock."""
    for _ in range(times):
        with pytest.raises(WrongCode):
            confirm(database, proof, after)


def journaled(database: Database) -> list[tuple[str, str | None, dict[str, Any]]]:
    """List which fronts have shown numbers, by the journal, and what it says of each."""
    with database.read() as connection:
        entries = [read(one.text) for one in journal.waiting(connection, most=9)]
    return [(entry.by, entry.proof_id, dict(entry.said)) for entry in entries if entry.what == "proof:shown"]


def leased(database: Database, after: timedelta = timedelta(0)) -> list[Proof]:
    """Take codes to send, as a worker does; gives their proofs."""
    texts = lease_texts(database, now=NOW + after, most=9)
    return [text.proof for text in texts if isinstance(text, Code)]


def test_a_proof_begins_with_a_text_that_waits(database: Database) -> None:
    begun = start(database)
    assert leased(database) == [begun]
    with database.read() as connection:
        assert proofs.get(connection, begun.id) == begun


def test_a_right_code_opens_a_session_on_the_proof(database: Database) -> None:
    begun = start(database)
    token = confirm(database, begun, SECOND, right=True)
    with database.read() as connection:
        proof = sessions.find(connection, token)
    assert (proof.id, proof.number, proof.proven_at) == (begun.id, NUMBER, NOW + SECOND)


def test_a_wrong_code_is_counted_and_opens_nothing(database: Database) -> None:
    begun = start(database)
    before = picture(database)
    with pytest.raises(WrongCode) as refused:
        confirm(database, begun)
    assert refused.value.tries_left == 4
    assert changed(before, picture(database)) == {"proofs"}


def test_five_wrong_codes_lock_the_number_and_say_until_when(database: Database) -> None:
    begun = start(database)
    fail(database, begun, 4)
    with pytest.raises(CodeLocked) as refused:
        confirm(database, begun, SECOND)
    assert refused.value.until == NOW + SECOND + LOCK
    with unchanged(database):
        for right in (True, False):
            with pytest.raises(CodeLocked):
                confirm(database, begun, LOCK, right=right)
        with pytest.raises(CodeLocked):
            start(database, LOCK)


def test_when_the_lock_is_over_the_number_starts_anew(database: Database) -> None:
    begun = start(database)
    fail(database, begun, 4)
    with pytest.raises(CodeLocked):
        confirm(database, begun)
    again = start(database, LOCK)
    assert confirm(database, again, LOCK, right=True)


def test_a_new_code_buys_no_new_guesses(database: Database) -> None:
    fail(database, start(database), 3)
    second = start(database, SECOND)
    fail(database, second, 1, SECOND)
    with pytest.raises(CodeLocked):
        confirm(database, second, SECOND)


def test_codes_asked_for_beforehand_buy_no_guesses_either(database: Database) -> None:
    first, second = start(database), start(database, SECOND)
    fail(database, first, 2, SECOND)
    fail(database, second, 2, SECOND)
    with pytest.raises(CodeLocked):
        confirm(database, first, SECOND)
    with unchanged(database), pytest.raises(CodeLocked):
        confirm(database, second, SECOND, right=True)


@pytest.mark.parametrize("wait", [HOUR, 3 * POLICY.code_lock_longest - SECOND])
def test_to_wait_between_wrong_codes_buys_no_new_guesses(database: Database, wait: timedelta) -> None:
    fail(database, start(database), 4)
    # Not even where answers are kept for a shorter time.
    sweep(database, now=NOW + wait, policy=replace(POLICY, answers_kept=HOUR))
    with pytest.raises(CodeLocked):
        confirm(database, start(database, wait), wait)


def test_a_right_code_pays_for_the_wrong_ones_of_all_that_were_asked_for(database: Database) -> None:
    first, second = start(database), start(database, SECOND)
    fail(database, first, 4, SECOND)
    confirm(database, first, SECOND, right=True)
    fail(database, second, 4, SECOND)
    confirm(database, second, SECOND, right=True)
    third = start(database, 2 * SECOND)
    fail(database, third, 4, 2 * SECOND)


def test_an_older_code_is_still_good_when_a_new_one_is_on_its_way(database: Database) -> None:
    first, second = start(database), start(database, SECOND)
    assert confirm(database, first, SECOND, right=True)
    assert confirm(database, second, SECOND, right=True)


@pytest.mark.parametrize("right", [True, False])
def test_a_code_after_its_time_or_its_use_is_refused(database: Database, *, right: bool) -> None:
    late, used = start(database), start(database)
    confirm(database, used, right=True)
    with unchanged(database):
        with pytest.raises(CodeExpired):
            confirm(database, late, LIFE, right=right)
        with pytest.raises(CodeExpired):
            confirm(database, used, right=right)


@pytest.mark.parametrize("right", [True, False])
def test_a_proof_that_is_not_there_is_unknown(database: Database, *, right: bool) -> None:
    with unchanged(database), pytest.raises(UnknownProof):
        confirm_proof(database, "prf_none", right=right, now=NOW, policy=POLICY)


def test_a_number_gets_so_many_codes_an_hour(database: Database) -> None:
    for nth in range(POLICY.codes_per_hour):
        start(database, nth * SECOND)
    with unchanged(database), pytest.raises(TooManyCodes) as refused:
        start(database, 9 * SECOND)
    assert refused.value.until == NOW + timedelta(hours=1)
    start_proof(database, OTHER_NUMBER, now=NOW, policy=POLICY)
    start(database, timedelta(hours=1))


def test_the_right_code_typed_twice_at_once_opens_one_session(database: Database) -> None:
    begun = start(database)
    came_of_it = together(*[lambda: confirm(database, begun, right=True)] * 3)
    assert len([one for one in came_of_it if isinstance(one, CodeExpired)]) == 2
    assert len(picture(database)["sessions"]) == 1


def test_wrong_codes_at_the_same_moment_are_all_counted(database: Database) -> None:
    first, second = start(database), start(database, SECOND)
    doings = [lambda: confirm(database, first, SECOND), lambda: confirm(database, second, SECOND)] * 4
    kinds = [type(one) for one in together(*doings)]
    assert kinds.count(WrongCode) == 4
    assert kinds.count(CodeLocked) == 4


def test_a_holder_signs_out_once_or_twice(database: Database) -> None:
    token = confirm(database, start(database), right=True)
    end_session(database, token)
    with database.read() as connection, pytest.raises(NotYourProof):
        sessions.find(connection, token)
    with unchanged(database):
        end_session(database, token)


@pytest.mark.parametrize("elsewhere", [None, OTHER_FRONT])
def test_a_session_is_good_only_at_the_door_where_it_was_opened(
    database: Database, elsewhere: str | None
) -> None:
    token = believe_front(database, SHOWING, now=NOW)
    with database.read() as connection:
        assert sessions.find(connection, token, front_id=FRONT).number == NUMBER
        with pytest.raises(NotYourProof):
            sessions.find(connection, token, front_id=elsewhere)
    with unchanged(database):
        end_session(database, token, front_id=elsewhere)
    end_session(database, token, front_id=FRONT)
    with database.read() as connection, pytest.raises(NotYourProof):
        sessions.find(connection, token, front_id=FRONT)


def test_a_code_can_be_told_only_at_the_door_where_it_was_asked_for(database: Database) -> None:
    at_portal = start(database)
    at_front = start_proof(database, NUMBER, now=NOW, policy=POLICY, front_id=FRONT)
    for begun, elsewhere in ((at_portal, FRONT), (at_front, None), (at_front, OTHER_FRONT)):
        with unchanged(database), pytest.raises(UnknownProof):
            confirm_proof(database, begun.id, right=True, now=NOW, policy=POLICY, front_id=elsewhere)
    token = confirm_proof(database, at_front.id, right=True, now=NOW, policy=POLICY, front_id=FRONT)
    with database.read() as connection:
        proof = sessions.find(connection, token, front_id=FRONT)
    assert (proof.shown_by, proof.front_id, proof.asserted) == (ShownBy.CODE, FRONT, False)
    assert journaled(database) == [(FRONT, proof.id, {"shown_by": "code", "asserted": False})]


def test_a_fronts_word_is_believed_once_and_no_code_is_sent(database: Database) -> None:
    token = believe_front(database, SHOWING, now=NOW)
    with database.read() as connection:
        proof = sessions.find(connection, token, front_id=FRONT)
    assert (proof.shown_by, proof.proven_at, proof.asserted) == (ShownBy.NETWORK, NOW, True)
    assert lease_texts(database, now=NOW, most=9) == []
    assert journaled(database) == [(FRONT, proof.id, {"shown_by": "network", "asserted": True})]
    with unchanged(database), pytest.raises(BadAssertion):
        believe_front(database, SHOWING, now=NOW + SECOND)


def test_a_fronts_word_twice_at_the_same_moment_is_believed_once(database: Database) -> None:
    came = together(*[lambda: believe_front(database, SHOWING, now=NOW)] * 4)
    assert sorted(type(one).__name__ for one in came) == ["BadAssertion"] * 3 + ["str"]


def test_a_text_that_was_sent_is_struck_off_once_or_twice(database: Database) -> None:
    begun = start(database)
    [text] = lease_texts(database, now=NOW, most=9)
    settle_texts(database, text.ids, now=NOW)
    assert leased(database, LIFE - SECOND) == []
    with unchanged(database):
        settle_texts(database, [*text.ids, "txt_none"], now=NOW)
    assert begun.number == text.number


def test_a_dead_workers_text_goes_to_another_while_its_code_is_good(database: Database) -> None:
    begun = start(database)
    leased(database)
    assert leased(database, 14 * SECOND) == []
    assert leased(database, 15 * SECOND) == [begun]
    assert leased(database, LIFE) == []
