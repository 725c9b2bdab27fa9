"""A platform that claims too much, or a number that nobody holds, is suspected, and the journal says so."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from jiebang.domain.journal import read
from jiebang.domain.letter import Event
from jiebang.domain.number import parse
from jiebang.flows.add_canaries import add_canaries
from jiebang.flows.ask_canaries import ask_canaries
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.suspect_platforms import suspect_platforms
from jiebang.store import habits
from jiebang.store.database import Database
from jiebang.store.tables import bindings, journal
from tests.build import BINDING, NOW, NUMBER, POLICY
from tests.flows.holder import asked, proven, streaming
from tests.memory import SHOP, SOCIAL

FEW = replace(POLICY, suspect_answers=3)
CANARY = parse("+8613800138099")
MINUTE = timedelta(minutes=1)


def answer(database: Database, *query_ids: str, empty: bool = False, by: str = SHOP) -> None:
    """Answer as a platform."""
    told = [Answer(query_id=one, complete=True, bindings=() if empty else (BINDING,)) for one in query_ids]
    verdicts = record_answers(database, by, answers=told, now=NOW, policy=POLICY)
    assert [one.refusal for one in verdicts] == [None] * len(told)


def suspected(database: Database) -> list[tuple[str, str]]:
    """Look at how platforms answer, and say what is suspected."""
    suspect_platforms(database, now=NOW, policy=FEW)
    with database.read() as connection:
        return [(one.platform_id, one.suspicion.value) for one in habits.suspected(connection)]


def noted(database: Database) -> list[str]:
    """Say what the journal has about platforms."""
    with database.read() as connection:
        told = [read(text) for text in connection.scalars(select(journal.c.entry).order_by(journal.c.seq))]
    return [f"{one.what} {one.said['of']}" for one in told if one.what.startswith("platform:")]


def test_a_platform_that_claims_everyone_is_suspected_once_until_it_does_not(database: Database) -> None:
    proof = proven(database)
    answer(database, *(asked(database, proof).id for _ in range(3)))
    assert suspected(database) == suspected(database) == [(SHOP, "everyone")]
    answer(database, asked(database, proof).id, empty=True)
    assert suspected(database) == []
    assert noted(database) == ["platform:suspected everyone", "platform:trusted everyone"]


def test_a_canary_question_looks_like_any_other_and_a_claim_on_it_is_noted(database: Database) -> None:
    assert add_canaries(database, [CANARY, CANARY]) == 1
    assert ask_canaries(database, now=NOW, policy=POLICY, chance=lambda: 0.0) == 2
    query_ids = {}
    for platform in (SHOP, SOCIAL):
        stream = streaming(database, platform)
        poll = Poll(stream_id=stream.id, most=9)
        [letter] = poll_letters(database, platform, poll=poll, now=NOW, secret=b"").letters
        assert (letter.event, letter.number) == (Event.BINDINGS_ASKED, CANARY)
        assert letter.said.keys() == {"query_id", "answer_by"}
        query_ids[platform] = str(letter.said["query_id"])
    answer(database, query_ids[SHOP])
    answer(database, query_ids[SOCIAL], empty=True, by=SOCIAL)
    assert suspected(database) == [(SHOP, "canary")]
    with database.read() as connection:
        assert connection.execute(select(bindings)).all() == []


def test_of_many_processes_one_asks_in_a_minute_and_chance_says_whom(database: Database) -> None:
    add_canaries(database, [CANARY])
    chances = iter([0.0, 0.9, 0.0])
    assert ask_canaries(database, now=NOW, policy=POLICY, chance=lambda: next(chances)) == 1
    assert ask_canaries(database, now=NOW, policy=POLICY, chance=lambda: 0.0) == 0
    assert ask_canaries(database, now=NOW + MINUTE, policy=POLICY, chance=lambda: 0.0) == 2


def test_without_canary_numbers_nobody_is_asked(database: Database) -> None:
    assert ask_canaries(database, now=NOW, policy=POLICY, chance=lambda: 0.0) == 0


def test_an_answer_counts_to_its_day_once(database: Database) -> None:
    proof = proven(database, NUMBER)
    query = asked(database, proof)
    for _ in range(2):
        answer(database, query.id)
    with database.read() as connection:
        [[day]] = habits.everything(connection).values()
    assert (day.answered, day.with_records, day.canaries) == (1, 1, 0)
