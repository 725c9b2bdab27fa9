"""Many numbers leave their holders while a platform speaks of all of them: nobody waits for ever."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from jiebang.domain.letter import Letter
from jiebang.domain.number import Number
from jiebang.domain.order import Order
from jiebang.domain.span import instant
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.store.database import Database
from tests.build import NOW, POLICY, change
from tests.flows.holder import answered, place, proven, settle, streaming
from tests.memory import CARRIER, SHOP, opened, together

LATER, YEARS_AGO = instant(NOW + timedelta(hours=1)), instant(NOW - timedelta(days=4000))
NUMBERS = [Number(f"+86138001381{serial:02}") for serial in range(30)]

pytestmark = pytest.mark.parametrize("nth", range(4))


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    """Open a hub's database on PostgreSQL: in SQLite one writer comes after the other as it is."""
    with opened(postgresql_url) as database:
        yield database


def report(database: Database, kind: ChangeKind) -> None:
    """Let a carrier report the same of every number."""
    one = change(kind, LATER if kind is ChangeKind.DISCONNECTED else YEARS_AGO, "somebody")
    changes = [one._replace(number=number) for number in NUMBERS]
    verdicts = load_changes(database, CARRIER, changes=changes, now=NOW + timedelta(hours=1), policy=POLICY)
    assert {verdict.refusal for verdict in verdicts} == {None}


def beside(database: Database, doing: Callable[[], object]) -> None:
    """Do something while all the numbers leave; both come to their end."""
    came = together(doing, lambda: report(database, ChangeKind.DISCONNECTED))
    assert [one for one in came if isinstance(one, BaseException)] == []


def placed(database: Database) -> list[Order]:
    """Have the holder of each number order that a record lose it."""
    report(database, ChangeKind.ASSIGNED)
    proofs = [proven(database, number) for number in NUMBERS]
    return [order for proof in proofs for order in place(database, proof, *answered(database, proof))]


def handed(database: Database, stream_id: str, *confirmed: str) -> list[Letter]:
    """Poll as the shop does."""
    poll = Poll(stream_id=stream_id, most=99, confirmed=confirmed)
    now = NOW + timedelta(hours=1)
    return list(poll_letters(database, SHOP, poll=poll, now=now, secret=b"").letters)


def test_while_it_says_what_became_of_orders(database: Database, nth: int) -> None:
    ids = [order.id for order in placed(database)]
    beside(database, lambda: settle(database, *(ids if nth % 2 else ids[::-1])))


def test_while_it_answers_second_looks(database: Database, nth: int) -> None:
    stream = streaming(database)
    settle(database, *[order.id for order in placed(database)])
    asked = [letter.said["query_id"] for letter in handed(database, stream.id) if "query_id" in letter.said]
    assert len(asked) == len(NUMBERS) * 2, "those of the holders, and as many second looks"
    answers = [Answer(query_id=one, complete=True, bindings=()) for one in asked[:: 1 if nth % 2 else -1]]
    beside(database, lambda: record_answers(database, SHOP, answers=answers, now=NOW, policy=POLICY))


@pytest.mark.usefixtures("nth")
def test_while_it_confirms_letters(database: Database) -> None:
    stream = streaming(database)
    placed(database)
    jtis = [letter.jti for letter in handed(database, stream.id)]
    beside(database, lambda: handed(database, stream.id, *jtis))
