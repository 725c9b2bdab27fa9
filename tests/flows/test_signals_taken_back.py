"""What was told and is true no more is told to nobody else: by no poll, in no replay, not to its carrier."""

from collections.abc import Sequence

import pytest

from jiebang.domain.letter import Event
from jiebang.domain.party import Party, Role
from jiebang.domain.stream import Stream
from jiebang.domain.tenure import Change, ChangeKind, present
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.load_part import Part, load_part
from jiebang.flows.open_load import open_load
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.replay_stream import replay_stream
from jiebang.flows.report_clearances import report_clearances
from jiebang.store import numbers
from jiebang.store.database import Database
from jiebang.store.loads import Load
from tests.build import HISTORY, NOW, NUMBER, POLICY, change, on
from tests.flows.holder import streaming
from tests.memory import CARRIER, SHOP

FIRST, GONE, NEXT = HISTORY
BACK = [one._replace(kind=ChangeKind.CORRECTED, takes_back=one.kind) for one in HISTORY]
EARLIER = change(ChangeKind.DISCONNECTED, on(2025, 10, 1))
ENDED, TAKEN = Event.NUMBER_DISCONNECTED, Event.IDENTIFIER_RECYCLED


def report(database: Database, *changes: Change) -> None:
    """Let the carrier report; all of it is taken."""
    verdicts = load_changes(database, CARRIER, changes=changes, now=NOW, policy=POLICY)
    assert [verdict.refusal for verdict in verdicts] == [None] * len(changes)


def heard(database: Database, stream: Stream, *confirmed: str) -> list[tuple[Event, object]]:
    """Poll, and say what is told and of which day."""
    wish = Poll(stream_id=stream.id, confirmed=confirmed, most=9)
    handed = poll_letters(database, SHOP, poll=wish, now=NOW, secret=b"")
    return [(letter.event, letter.said.get("disconnected_on")) for letter in handed.letters]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([FIRST, GONE], [BACK[1]], []),
        ([FIRST, GONE], [change(ChangeKind.ASSIGNED, on(2025, 11, 5), "earlier")], []),  # who came back
        ([FIRST, GONE], [BACK[1], EARLIER], [(ENDED, "2025-10-01")]),
        (HISTORY, [BACK[2]], [(ENDED, "2025-11-03")]),
        (HISTORY, [BACK[1]], [(TAKEN, None)]),
        (HISTORY, [BACK[0]], []),
        (HISTORY, BACK, []),
    ],
)
def test_what_was_taken_back_is_told_to_nobody_who_has_not_heard_it(
    database: Database, before: Sequence[Change], after: Sequence[Change], told: list[tuple[Event, object]]
) -> None:
    stream = streaming(database)
    report(database, *before)
    assert heard(database, stream)  # it is handed out, and not confirmed
    report(database, *after)
    assert heard(database, stream) == told
    assert replay_stream(database, SHOP, since=NOW) > 0
    assert heard(database, stream) == told


def test_what_was_said_and_taken_back_in_one_batch_was_never_told(database: Database) -> None:
    stream = streaming(database)
    report(database, FIRST, GONE, BACK[1], EARLIER)
    assert heard(database, stream) == [(ENDED, "2025-10-01")]


def test_a_file_takes_back_as_well(database: Database) -> None:
    stream = streaming(database)
    report(database, FIRST, GONE)
    load = open_load(database, Load(carrier_id=CARRIER, digest="d", rows=1, begun_at=NOW))
    back = BACK[1]._replace(carrier_id=CARRIER)
    load_part(database, load, part=Part([back], 0, len), now=NOW, policy=POLICY)
    assert heard(database, stream) == []


def test_an_assignment_that_was_taken_back_leaves_the_end_before_it_to_be_told(database: Database) -> None:
    """The end came in late, behind an assignment, and was not told for itself."""
    stream = streaming(database)
    report(database, *HISTORY, BACK[1], EARLIER)
    assert heard(database, stream) == [(TAKEN, None)]
    report(database, BACK[2])
    assert heard(database, stream) == [(ENDED, "2025-10-01")]


def test_a_confirmation_that_comes_late_is_taken(database: Database) -> None:
    stream = streaming(database)
    report(database, FIRST, GONE)
    wish = Poll(stream_id=stream.id, most=9)
    [letter] = poll_letters(database, SHOP, poll=wish, now=NOW, secret=b"").letters
    report(database, BACK[1], EARLIER)
    assert heard(database, stream, letter.jti) == [(ENDED, "2025-10-01")]


def test_a_carrier_is_not_told_of_an_end_that_it_took_back(database: Database) -> None:
    report(database, FIRST, GONE)

    def cleared() -> list[str | None]:
        found = report_clearances(database, CARRIER, numbers=[NUMBER], now=NOW, policy=POLICY)
        return [str(one.told.happened_on) if one else None for one in found]

    assert cleared() == ["2025-11-03"]
    report(database, BACK[1])
    assert cleared() == [None]
    report(database, EARLIER)
    assert cleared() == ["2025-10-01"]


def test_a_carrier_can_say_that_its_holder_stays_whatever_another_has_reported(database: Database) -> None:
    other = Party(id="par_other", role=Role.CARRIER, name="Other", jwks={}, timezone="UTC")
    add_party(database, other, now=NOW)
    stream = streaming(database)
    report(database, FIRST)
    load_changes(database, other.id, changes=[GONE], now=NOW, policy=POLICY)
    assert heard(database, stream) == [(ENDED, "2025-11-03")]
    report(database, change(ChangeKind.ASSIGNED, GONE.at, "earlier"))
    assert heard(database, stream) == []
    with database.read() as connection:
        held = present(numbers.history(connection, NUMBER))
    assert held
    assert held.since == FIRST.at
