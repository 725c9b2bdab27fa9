"""A number is proven by a code, within its time and within few tries; asking again buys no guesses."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jiebang.domain.binding import OrderKind
from jiebang.domain.errors import CodeExpired, CodeLocked, ProofStale, TooManyCodes, WrongCode
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof, Showing, remembered, start
from jiebang.domain.showing import ShownBy, WeakProof
from tests.build import NOW, NUMBER, POLICY, PROOF
from tests.chance import chance

SHOWING = Showing(
    front_id="par_app", number=NUMBER, shown_by=ShownBy.NETWORK, jti="one", until=NOW + timedelta(minutes=2)
)  # fmt: skip
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def tried(proof: Proof, *, right: bool = False, now: datetime = NOW, times: int = 1) -> Proof:
    """Try a code some times at one instant."""
    for _ in range(times):
        proof = proof.tried(right=right, now=now, policy=POLICY)
    return proof


def begun(*earlier: Proof, now: datetime = NOW) -> Proof:
    """Begin a proof after these."""
    return start("prf_2", NUMBER, earlier=earlier, now=now, policy=POLICY)


def test_a_right_code_proves_the_number() -> None:
    proof = tried(PROOF, right=True, now=NOW + MINUTE)
    proof.verdict(POLICY)
    proof.require(NOW + MINUTE, POLICY)
    assert proof.good_until(POLICY) == NOW + MINUTE + POLICY.proof_life


@pytest.mark.parametrize(("wrong", "left"), [(1, 4), (2, 3), (3, 2), (4, 1)])
def test_a_wrong_code_says_how_many_tries_are_left(wrong: int, left: int) -> None:
    proof = tried(PROOF, times=wrong)
    with pytest.raises(WrongCode) as refused:
        proof.verdict(POLICY)
    assert refused.value.tries_left == left


def test_the_fifth_wrong_code_locks_and_says_until_when() -> None:
    proof = tried(PROOF, times=POLICY.code_tries, now=NOW + MINUTE)
    with pytest.raises(CodeLocked) as refused:
        proof.verdict(POLICY)
    assert refused.value.until == NOW + MINUTE + POLICY.code_lock


@pytest.mark.parametrize("right", [True, False])
def test_a_locked_proof_is_not_even_looked_at(right: bool) -> None:  # noqa: FBT001 - a table
    proof = tried(PROOF, times=POLICY.code_tries)
    with pytest.raises(CodeLocked):
        tried(proof, right=right, now=NOW + POLICY.code_lock - TICK)
    with pytest.raises(CodeExpired):
        tried(proof, right=right, now=NOW + POLICY.code_lock)


def test_a_code_that_was_locked_is_gone_even_if_the_lock_is_short() -> None:
    short = replace(POLICY, code_lock=MINUTE)
    locked = replace(PROOF, wrong=5, locked_until=NOW + MINUTE)
    with pytest.raises(CodeExpired):
        locked.tried(right=True, now=NOW + MINUTE, policy=short)


def test_the_right_code_after_four_wrong_ones_is_right() -> None:
    proof = tried(tried(PROOF, times=4), right=True)
    assert (proof.proven_at, proof.wrong) == (NOW, 0)


@pytest.mark.parametrize("right", [True, False])
def test_a_code_lives_until_its_last_instant(right: bool) -> None:  # noqa: FBT001 - a table
    tried(PROOF, right=right, now=NOW + POLICY.code_life - TICK)
    with pytest.raises(CodeExpired):
        tried(PROOF, right=right, now=NOW + POLICY.code_life)


@pytest.mark.parametrize("right", [True, False])
def test_a_code_that_was_right_is_used_up(right: bool) -> None:  # noqa: FBT001 - a table
    proven = tried(PROOF, right=True)
    with pytest.raises(CodeExpired):
        tried(proven, right=right)


@pytest.mark.parametrize(
    ("proof", "after"),
    [
        (PROOF, timedelta(0)),
        (replace(PROOF, wrong=1), timedelta(0)),
        (replace(PROOF, proven_at=NOW), POLICY.proof_life),
        (replace(PROOF, proven_at=NOW), timedelta(days=3)),
    ],
)
def test_what_is_not_proven_or_not_any_more_is_stale(proof: Proof, after: timedelta) -> None:
    with pytest.raises(ProofStale):
        proof.require(NOW + after, POLICY)


def test_a_proof_counts_until_its_last_instant() -> None:
    replace(PROOF, proven_at=NOW).require(NOW + POLICY.proof_life - TICK, POLICY)


def test_nothing_is_good_that_is_not_proven() -> None:
    assert PROOF.good_until(POLICY) is None


def test_wrong_tries_carry_over_to_a_new_code() -> None:
    second = begun(tried(PROOF, times=4), now=NOW + MINUTE)
    assert second.wrong == 4
    with pytest.raises(CodeLocked):
        tried(second, now=NOW + MINUTE).verdict(POLICY)


@pytest.mark.parametrize(
    "earlier",
    [
        replace(PROOF, proven_at=NOW),
        replace(PROOF, wrong=3, started_at=NOW - remembered(POLICY)),
        replace(PROOF, wrong=5, locked_until=NOW),
    ],
    ids=["one was right", "long ago", "the lock is over"],
)
def test_wrong_tries_are_forgotten_once_they_are_paid_for(earlier: Proof) -> None:
    assert begun(earlier).wrong == 0


def test_what_a_front_has_asserted_is_no_code_and_pays_for_no_wrong_one() -> None:
    asserted = [SHOWING.proof(f"prf_{nth}", NOW + MINUTE) for nth in range(POLICY.codes_per_hour)]
    assert begun(tried(PROOF, times=4), *asserted, now=NOW + 2 * MINUTE).wrong == 4


def test_a_front_is_taken_at_its_word() -> None:
    proof = SHOWING.proof("prf_2", NOW)
    assert (proof.number, proof.front_id, proof.shown_by) == (NUMBER, "par_app", ShownBy.NETWORK)
    assert proof.good_until(POLICY) == NOW + POLICY.proof_life
    with pytest.raises(CodeExpired):
        tried(proof, right=True)


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("shown_by", ShownBy)
def test_a_network_alone_is_not_enough_to_close_an_account(kind: OrderKind, shown_by: ShownBy) -> None:
    proof = replace(PROOF, shown_by=shown_by)
    if (kind, shown_by) == (OrderKind.DEREGISTER, ShownBy.NETWORK):
        assert kind not in proof.enough(POLICY)
        with pytest.raises(WeakProof):
            proof.require_enough(kind, POLICY)
    else:
        assert kind in proof.enough(POLICY)
        proof.require_enough(kind, POLICY)


def test_an_operator_says_in_words_which_ways_are_enough() -> None:
    words: Any = {"unbind_shown_by": ["code"], "deregister_shown_by": ["in_person"]}
    strict = Policy(**words)
    shown = {way: sorted(replace(PROOF, shown_by=way).enough(strict)) for way in ShownBy}
    assert shown == {ShownBy.CODE: ["unbind"], ShownBy.NETWORK: [], ShownBy.IN_PERSON: ["deregister"]}
    with pytest.raises(ValueError, match="by_word"):
        Policy(unbind_shown_by=["by_word"])  # type: ignore[arg-type]  # as a settings file may have it


def test_a_locked_number_gets_no_code_until_the_lock_is_over() -> None:
    locked = tried(PROOF, times=POLICY.code_tries)
    with pytest.raises(CodeLocked) as refused:
        begun(locked, now=NOW + POLICY.code_lock - TICK)
    assert refused.value.until == NOW + POLICY.code_lock
    assert begun(locked, now=NOW + POLICY.code_lock).wrong == 0


def test_a_number_gets_so_many_codes_an_hour_and_no_more() -> None:
    sent = [replace(PROOF, started_at=NOW + MINUTE * nth) for nth in range(POLICY.codes_per_hour)]
    assert begun(*sent[1:], now=NOW + 5 * MINUTE).wrong == 0
    with pytest.raises(TooManyCodes) as refused:
        begun(*sent, now=NOW + HOUR - TICK)
    assert refused.value.until == NOW + HOUR
    assert begun(*sent, now=NOW + HOUR).wrong == 0


@chance
@given(gaps=st.lists(st.integers(0, 40), max_size=20))
def test_no_hour_sees_more_codes_than_it_may_and_the_time_told_is_true(gaps: list[int]) -> None:
    sent: list[Proof] = []
    now = NOW
    for gap in gaps:
        now += gap * MINUTE
        try:
            sent.append(begun(*sent, now=now))
        except TooManyCodes as refused:
            with pytest.raises(TooManyCodes):
                begun(*sent, now=refused.until - TICK)
            now = refused.until
            sent.append(begun(*sent, now=now))
        within = [one for one in sent if one.started_at > now - HOUR]
        assert len(within) <= POLICY.codes_per_hour


def test_each_lock_is_longer_until_the_number_is_proven() -> None:
    def locked(*earlier: Proof, now: datetime) -> Proof:
        proof = start("prf_1", NUMBER, earlier=earlier, now=now, policy=POLICY)
        for _ in range(POLICY.code_tries):
            proof = proof.tried(right=False, now=now, policy=POLICY)
        return proof

    story: list[Proof] = []
    now, waits = NOW, []
    for _ in range(5):
        story.append(locked(*story, now=now))
        until = story[-1].locked_until or now
        waits.append(until - now)
        now = until
    assert waits == [POLICY.code_lock, POLICY.code_lock_again, *[POLICY.code_lock_longest] * 3]
    shown = replace(story[-1], started_at=now, wrong=0, locked_until=None, proven_at=now)
    assert locked(*story, shown, now=now + timedelta(minutes=1)).locks == 0
    assert locked(*story, now=now + 2 * POLICY.code_lock_longest).locks == 0


@chance
@given(visits=st.lists(st.tuples(st.sampled_from([0, 1, 2, 24, 47, 48, 49, 71, 72, 73]), st.integers(1, 5))))
@example(visits=[(1, 4)] * 72)
@example(visits=[(0, 5), (1, 5), (2, 4), (49, 1)] * 9)
def test_whoever_comes_back_over_days_has_some_five_guesses_a_day(visits: list[tuple[int, int]]) -> None:
    story: list[Proof] = []
    now, guesses = NOW, 0
    for hours, tries in visits:
        now += hours * HOUR + MINUTE
        with suppress(CodeLocked, TooManyCodes):
            proof = begun(*story, now=now)
            made = min(tries, POLICY.code_tries - proof.wrong)
            story.append(tried(proof, now=now, times=made))
            guesses += made
    assert guesses <= 5 * (3 + (now - NOW) / timedelta(days=1))


@pytest.mark.parametrize(
    ("age", "fresh"),
    [(timedelta(0), True), (POLICY.fresh_proof - TICK, True), (POLICY.fresh_proof, False)],
)
def test_what_cannot_be_undone_takes_a_proof_of_the_last_minutes(age: timedelta, *, fresh: bool) -> None:
    proof = replace(PROOF, proven_at=NOW)
    assert proof.is_fresh(NOW + age, POLICY) is fresh
    assert not PROOF.is_fresh(NOW, POLICY)
