"""Letters wait in the order in which they matter, until their platform says that it has them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jiebang.domain.letter import Event, Letter
from jiebang.store import mailbox
from jiebang.store.database import Database
from tests.build import NOW, NUMBER
from tests.memory import SHOP, SOCIAL, picture, unchanged

TICK = timedelta(microseconds=1)
LETTER = Letter(
    jti="set_1", platform_id=SHOP, event=Event.UNBIND_ORDERED, said={"order_id": "ord_1", "words": "解绑"},
    written_at=NOW, leave_at=NOW, number=NUMBER, order_id="ord_1",
)  # fmt: skip


def leave(database: Database, *letters: Letter) -> None:
    """Leave letters."""
    with database.write() as connection:
        mailbox.leave(connection, letters)


def waiting(
    database: Database, *, now: datetime = NOW, most: int = 99, events: Sequence[Event] = tuple(Event)
) -> list[str]:
    """Name the letters that wait for the shop."""
    with database.read() as connection:
        return [one.jti for one in mailbox.waiting(connection, SHOP, events=events, now=now, most=most)]


def test_a_letter_comes_out_as_it_went_in(database: Database) -> None:
    bare = replace(LETTER, jti="set_2", number=None, order_id=None, said={})
    leave(database, LETTER, bare)
    with database.read() as connection:
        found = mailbox.waiting(connection, SHOP, events=tuple(Event), now=NOW, most=9)
    assert found == [LETTER, bare]


def test_urgent_letters_come_first_and_then_as_they_were_left(database: Database) -> None:
    events = [
        Event.UNBIND_ORDERED, Event.BINDINGS_ASKED, Event.DEREGISTER_ORDERED, Event.ORDER_REVOKED,
        Event.BINDINGS_ASKED, Event.VERIFICATION, Event.UNBIND_ORDERED,
    ]  # fmt: skip
    for nth, event in enumerate(events):
        leave(database, replace(LETTER, jti=str(nth), event=event, written_at=NOW - nth * TICK))
    assert waiting(database) == ["3", "5", "1", "4", "0", "2", "6"]
    assert waiting(database, most=3) == ["3", "5", "1"]


@pytest.mark.parametrize(("after", "found"), [(-TICK, []), (timedelta(0), ["set_1"]), (TICK, ["set_1"])])
def test_a_letter_does_not_leave_before_its_time(
    database: Database, after: timedelta, found: list[str]
) -> None:
    leave(database, LETTER)
    assert waiting(database, now=NOW + after) == found


def test_only_what_the_stream_carries_comes_out(database: Database) -> None:
    leave(database, LETTER, replace(LETTER, jti="set_2", event=Event.BINDINGS_ASKED))
    assert waiting(database, events=[Event.BINDINGS_ASKED]) == ["set_2"]
    assert waiting(database, events=[]) == []


def test_nobody_takes_or_confirms_anothers_letters(database: Database) -> None:
    leave(database, replace(LETTER, platform_id=SOCIAL))
    assert waiting(database) == []
    with unchanged(database), database.write() as connection:
        mailbox.confirm(connection, SHOP, jtis=["set_1"])
        mailbox.mark_unreadable(connection, SHOP, jtis=["set_1"])


def test_what_is_confirmed_is_gone_and_may_be_confirmed_again(database: Database) -> None:
    leave(database, LETTER, replace(LETTER, jti="set_2"))
    for _ in range(2):
        with database.write() as connection:
            mailbox.confirm(connection, SHOP, jtis=["set_1", "set_unheard"])
        assert waiting(database) == ["set_2"]


def test_what_is_not_confirmed_is_offered_again(database: Database) -> None:
    leave(database, LETTER)
    assert waiting(database) == waiting(database) == ["set_1"]


def test_what_cannot_be_read_is_kept_and_not_offered_again(database: Database) -> None:
    leave(database, LETTER, replace(LETTER, jti="set_2"))
    with database.write() as connection:
        mailbox.mark_unreadable(connection, SHOP, jtis=["set_1"])
    assert waiting(database) == ["set_2"]
    assert len(picture(database)["letters"]) == 2


def test_an_orders_letters_are_taken_back(database: Database) -> None:
    leave(database, LETTER, replace(LETTER, jti="set_2", order_id="ord_2"))
    with database.write() as connection:
        mailbox.withdraw(connection, ["ord_1"])
    assert waiting(database) == ["set_2"]


@pytest.mark.parametrize(
    ("after", "until", "found"),
    [
        (-TICK, timedelta(0), {SHOP}),
        (timedelta(0), TICK, {SOCIAL}),
        (-TICK, TICK, {SHOP, SOCIAL}),
        (TICK, TICK, set()),
    ],
)
def test_whose_letters_have_come_due_is_known(
    database: Database, after: timedelta, until: timedelta, found: set[str]
) -> None:
    leave(database, LETTER, replace(LETTER, jti="set_2", platform_id=SOCIAL, leave_at=NOW + TICK))
    with database.read() as connection:
        assert mailbox.due_between(connection, NOW + after, until=NOW + until) == found
