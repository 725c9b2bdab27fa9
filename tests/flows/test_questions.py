"""A holder asks, platforms answer; each is told what it must know, and each answer counts once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import Binding
from jiebang.domain.errors import NothingTicked, ProofStale, UnknownParty
from jiebang.domain.letter import Event
from jiebang.domain.order import State
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.store import queries
from jiebang.store.database import Database
from tests.build import BINDING, NOW, POLICY
from tests.flows.holder import asked, ordered, proven, settle, stored, streaming
from tests.memory import CARRIER, SHOP, SOCIAL, picture, together, unchanged

SECOND = timedelta(seconds=1)


def answer(database: Database, *answers: Answer, by: str = SHOP) -> list[str]:
    """Answer in one batch; gives how each was judged, and why it was refused."""
    verdicts = record_answers(database, by, answers=answers, now=NOW + SECOND, policy=POLICY)
    return [one.refusal.code if one.refusal else one.fate.value for one in verdicts]


def said(query_id: str, *bindings: Binding, complete: bool = True) -> Answer:
    """What a platform says to one query."""
    return Answer(query_id=query_id, complete=complete, bindings=bindings)


def told(database: Database, platform: str) -> list[tuple[Event, object]]:
    """Say what letters wait for a platform."""
    stream = streaming(database, platform)
    found = poll_letters(database, platform, poll=Poll(stream_id=stream.id, most=99), now=NOW, secret=b"")
    return [(one.event, one.said.get("query_id")) for one in found.letters]


def handles(database: Database, query_id: str) -> list[str]:
    """Name the records that have been told of."""
    with database.read() as connection:
        return [one.binding.handle for one in queries.found(connection, query_id)]


def test_only_the_ticked_platforms_learn_of_the_question(database: Database) -> None:
    query = asked(database, proven(database), SOCIAL)
    assert told(database, SOCIAL) == [(Event.BINDINGS_ASKED, query.id)]
    assert told(database, SHOP) == []


def test_a_platform_that_is_ticked_twice_is_asked_once(database: Database) -> None:
    query = asked(database, proven(database), SHOP, SOCIAL, SHOP)
    assert told(database, SHOP) == [(Event.BINDINGS_ASKED, query.id)]
    with database.read() as connection:
        assert len(queries.asked(connection, query.id)) == 2


@pytest.mark.parametrize(
    ("platforms", "refusal"),
    [([], NothingTicked), ([SHOP, "par_none"], UnknownParty), ([CARRIER], UnknownParty)],
)
def test_a_question_to_nobody_or_to_no_platform_is_refused(
    database: Database, platforms: Sequence[str], refusal: type[Exception]
) -> None:
    proof = proven(database)
    with unchanged(database), pytest.raises(refusal):
        ask_platforms(database, proof, platform_ids=platforms, now=NOW, policy=POLICY)


def test_a_question_without_a_proof_that_counts_is_refused(database: Database) -> None:
    proof = proven(database)
    for stale in (replace(proof, proven_at=None), replace(proof, proven_at=NOW - POLICY.proof_life)):
        with unchanged(database), pytest.raises(ProofStale):
            ask_platforms(database, stale, platform_ids=[SHOP], now=NOW, policy=POLICY)


def test_an_answer_is_kept_and_closes_the_question(database: Database) -> None:
    query = asked(database, proven(database), SHOP, SOCIAL)
    assert answer(database, said(query.id, BINDING)) == ["recorded"]
    assert handles(database, query.id) == ["old"]
    with database.read() as connection:
        stands = {one.platform_id: one.answered_at for one in queries.asked(connection, query.id)}
    assert stands == {SHOP: NOW + SECOND, SOCIAL: None}


def test_an_answer_may_come_in_parts_until_it_is_complete(database: Database) -> None:
    query = asked(database, proven(database))
    parts = [said(query.id, replace(BINDING, handle=name), complete=name == "c") for name in "abcd"]
    assert [answer(database, part) for part in parts] == [["recorded"]] * 3 + [["already"]]
    assert handles(database, query.id) == ["a", "b", "c"]


def test_that_an_answer_is_not_all_is_remembered_until_it_is(database: Database) -> None:
    query = asked(database, proven(database), SHOP, SOCIAL)
    assert answer(database, said(query.id, complete=False)) == ["recorded"]
    with database.read() as connection:
        partly = {one.platform_id: one.is_partly for one in queries.asked(connection, query.id)}
    assert partly == {SHOP: True, SOCIAL: False}
    answer(database, said(query.id))
    with database.read() as connection:
        assert not any(one.is_partly for one in queries.asked(connection, query.id))


def test_each_answer_of_a_batch_is_judged_on_its_own(database: Database) -> None:
    proof = proven(database)
    one, other, others = asked(database, proof), asked(database, proof), asked(database, proof, SOCIAL)
    batch = [said(one.id, BINDING), said("qry_none"), said(others.id, BINDING), said(one.id), said(other.id)]
    judged = ["recorded", "not_asked", "not_asked", "already", "recorded"]
    assert answer(database, *batch) == judged
    assert handles(database, one.id) == ["old"]
    assert handles(database, others.id) == []
    with unchanged(database):
        assert answer(database, *batch) == ["already", "not_asked", "not_asked", "already", "already"]


def test_somebody_elses_question_is_not_answered(database: Database) -> None:
    query = asked(database, proven(database), SHOP)
    with unchanged(database):
        assert answer(database, said(query.id, BINDING), by=SOCIAL) == ["not_asked"]


def test_the_same_answer_at_the_same_moment_counts_once(database: Database) -> None:
    query = asked(database, proven(database))
    doing = [lambda: answer(database, said(query.id, BINDING, replace(BINDING, handle="b")))] * 3
    assert sorted(map(str, together(*doing))) == ["['already']", "['already']", "['recorded']"]
    assert handles(database, query.id) == ["b", "old"]


def looked_again(database: Database, *parts: Answer) -> State:
    """Order, fulfil, and answer the hub's second look in these parts; gives what the order became."""
    _, [order] = ordered(database)
    assert settle(database, order.id) == ["recorded"]
    [look] = [row for row in picture(database)["queries"] if order.id in row]
    query_id = look.split('"id": "')[1].split('"')[0]
    for part in parts:
        assert answer(database, replace(part, query_id=query_id)) == ["recorded"]
    return stored(database, order).state


OTHER = replace(BINDING, handle="another")


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ([], State.FULFILLED),
        ([said("", complete=False)], State.FULFILLED),
        ([said("")], State.VERIFIED),
        ([said("", OTHER)], State.VERIFIED),
        ([said("", OTHER, BINDING)], State.OPEN),
        ([said("", OTHER, complete=False), said("")], State.VERIFIED),
        ([said("", BINDING, complete=False)], State.OPEN),
        ([said("", complete=False), said("", BINDING)], State.OPEN),
    ],
)
def test_done_means_checked(database: Database, parts: list[Answer], state: State) -> None:
    assert looked_again(database, *parts) is state


def test_of_a_second_look_only_its_verdict_is_kept(database: Database) -> None:
    looked_again(database, said("", OTHER, BINDING))
    assert [row for row in picture(database)["bindings"] if "another" in row] == []


def test_parts_of_a_second_look_in_one_batch_are_one_answer(database: Database) -> None:
    _, [order] = ordered(database)
    settle(database, order.id)
    [look] = [row for row in picture(database)["queries"] if order.id in row]
    query_id = look.split('"id": "')[1].split('"')[0]
    parts = [said(query_id, BINDING, complete=False), said(query_id)]
    assert answer(database, *parts) == ["recorded", "recorded"]
    assert (stored(database, order).state, stored(database, order).attempt) == (State.OPEN, 2)
    with unchanged(database):
        assert answer(database, *parts) == ["already", "already"]
