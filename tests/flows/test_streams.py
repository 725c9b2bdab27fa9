"""A platform opens its stream, takes its letters from it, and confirms them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.errors import StreamExists, UnknownStream, VerifiedTooOften
from jiebang.domain.letter import Event
from jiebang.domain.stream import SUPPORTED, Stream, StreamStatus
from jiebang.flows.change_stream import change_stream
from jiebang.flows.close_stream import close_stream
from jiebang.flows.poll_letters import Handed, Settled, poll_letters
from jiebang.flows.verify_stream import verify_stream
from jiebang.store import streams
from jiebang.store.database import Database
from tests.build import BINDING, NOW, POLICY
from tests.flows.holder import ordered, streaming
from tests.memory import SHOP, SOCIAL, picture, together, unchanged

EVERY = POLICY.verify_every


def poll(
    database: Database,
    stream: Stream,
    *,
    confirmed: Collection[str] = (),
    unreadable: Collection[str] = (),
    most: int = 99,
) -> Handed:
    """Poll as the stream's platform."""
    settled = Settled(confirmed=confirmed, unreadable=unreadable)
    return poll_letters(
        database, stream.platform_id, stream_id=stream.id, settled=settled, most=most, now=NOW
    )


def verify(database: Database, stream: Stream, after: timedelta = timedelta(0)) -> None:
    """Ask for a letter that shows the stream works."""
    verify_stream(
        database, stream.platform_id, stream_id=stream.id, state="x7", now=NOW + after, policy=POLICY
    )


def jtis(handed: Handed) -> list[str]:
    """Name the letters that were handed over."""
    return [letter.jti for letter in handed.letters]


def four_letters(database: Database) -> Stream:
    """Leave a question and three orders for the shop, and open its stream."""
    ordered(database, *(replace(BINDING, handle=name) for name in "abc"))
    return streaming(database)


def test_a_stream_is_kept_as_it_was_opened(database: Database) -> None:
    stream = streaming(database)
    with database.read() as connection:
        assert streams.of_platform(connection, SHOP) == stream
    assert stream.events_delivered == SUPPORTED


def test_a_platform_has_one_stream_even_when_it_asks_for_two_at_once(database: Database) -> None:
    came_of_it = together(lambda: streaming(database), lambda: streaming(database))
    assert len([one for one in came_of_it if isinstance(one, StreamExists)]) == 1
    with unchanged(database), pytest.raises(StreamExists):
        streaming(database)
    assert streaming(database, SOCIAL).platform_id == SOCIAL


def test_letters_are_handed_over_until_they_are_confirmed(database: Database) -> None:
    stream = four_letters(database)
    with unchanged(database):
        first, second = poll(database, stream), poll(database, stream)
    assert jtis(first) == jtis(second)
    assert len(first.letters) == 4
    assert poll(database, stream, confirmed=jtis(first)) == Handed(letters=[], more=False)


def test_a_question_comes_before_orders_and_a_verification_before_both(database: Database) -> None:
    stream = four_letters(database)
    verify(database, stream)
    assert [one.event for one in poll(database, stream).letters] == [
        Event.VERIFICATION, Event.BINDINGS_ASKED, *[Event.UNBIND_ORDERED] * 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("most", "handed", "more"), [(0, 0, False), (1, 1, True), (3, 3, True), (4, 4, False)]
)
def test_a_poll_carries_as_much_as_it_may_and_says_whether_more_waits(
    database: Database, most: int, handed: int, *, more: bool
) -> None:
    found = poll(database, four_letters(database), most=most)
    assert (len(found.letters), found.more) == (handed, more)


def test_to_confirm_again_or_what_was_never_sent_changes_nothing(database: Database) -> None:
    stream = four_letters(database)
    confirmed = [*jtis(poll(database, stream))[:2], "set_none"]
    left = poll(database, stream, confirmed=confirmed)
    with unchanged(database):
        assert poll(database, stream, confirmed=confirmed) == left
    assert len(left.letters) == 2


def test_what_cannot_be_read_is_kept_for_people(database: Database) -> None:
    stream = four_letters(database)
    jti = jtis(poll(database, stream))[0]
    assert len(poll(database, stream, unreadable=[jti]).letters) == 3
    assert len(picture(database)["letters"]) == 4


def test_two_agents_of_one_platform_get_the_same_letters_and_both_may_confirm(database: Database) -> None:
    stream = four_letters(database)
    one, other = together(lambda: poll(database, stream), lambda: poll(database, stream))
    assert isinstance(one, Handed)
    assert one == other
    confirmed = jtis(one)
    empty = Handed(letters=[], more=False)
    twice = together(*[lambda: poll(database, stream, confirmed=confirmed)] * 2)
    assert twice == [empty, empty]


def test_nobody_polls_changes_or_closes_anothers_stream(database: Database) -> None:
    stream = four_letters(database)
    anothers = replace(stream, platform_id=SOCIAL)
    with unchanged(database):
        for stranger in (anothers, replace(stream, id="str_none")):
            with pytest.raises(UnknownStream):
                poll(database, stranger, confirmed=["set_1"])
            with pytest.raises(UnknownStream):
                verify(database, stranger)
            with pytest.raises(UnknownStream):
                close_stream(database, stranger.platform_id, stream_id=stranger.id)
            with pytest.raises(UnknownStream):
                change_stream(database, stranger.platform_id, stream_id=stranger.id, change=lambda it: it)


@pytest.mark.parametrize("status", [StreamStatus.PAUSED, StreamStatus.DISABLED])
def test_a_resting_stream_keeps_its_letters_and_takes_confirmations(
    database: Database, status: StreamStatus
) -> None:
    stream = four_letters(database)
    [first, *_] = jtis(poll(database, stream))
    change_stream(database, SHOP, stream_id=stream.id, change=lambda it: replace(it, status=status))
    assert poll(database, stream, confirmed=[first]).letters == []
    change_stream(
        database, SHOP, stream_id=stream.id, change=lambda it: replace(it, status=StreamStatus.ENABLED)
    )
    assert len(poll(database, stream).letters) == 3


def test_what_a_stream_does_not_carry_waits(database: Database) -> None:
    ordered(database)
    stream = streaming(database, events=[Event.BINDINGS_ASKED])
    assert [one.event for one in poll(database, stream).letters] == [Event.BINDINGS_ASKED]
    wider = change_stream(
        database, SHOP, stream_id=stream.id, change=lambda it: replace(it, events_requested=tuple(Event))
    )
    assert len(poll(database, wider).letters) == 2


def test_letters_wait_for_the_next_stream(database: Database) -> None:
    stream = four_letters(database)
    before = poll(database, stream)
    close_stream(database, SHOP, stream_id=stream.id)
    with pytest.raises(UnknownStream):
        poll(database, stream)
    assert poll(database, streaming(database)) == before


def test_a_verification_is_refused_too_soon_and_leaves_nothing(database: Database) -> None:
    stream = streaming(database)
    verify(database, stream)
    with unchanged(database), pytest.raises(VerifiedTooOften) as refused:
        verify(database, stream, EVERY - timedelta(microseconds=1))
    assert refused.value.until == NOW + EVERY
    verify(database, stream, EVERY)
    assert len(picture(database)["letters"]) == 2
