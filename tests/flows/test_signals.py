"""Every stream hears what happens to numbers, in order, until it says that it has; none is dropped."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from jiebang.domain.errors import UnknownStream
from jiebang.domain.letter import Event, Letter
from jiebang.domain.number import Number, parse
from jiebang.domain.party import Party, Role
from jiebang.domain.span import day
from jiebang.domain.stream import SIGNALS, DefaultSubjects, Stream, StreamStatus
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.add_party import add_party
from jiebang.flows.add_subject import add_subject
from jiebang.flows.change_stream import change_stream
from jiebang.flows.close_stream import close_stream
from jiebang.flows.load_changes import load_changes
from jiebang.flows.open_stream import open_stream
from jiebang.flows.poll_letters import Handed, Poll, poll_letters
from jiebang.flows.remove_subject import remove_subject
from jiebang.flows.replay_stream import replay_stream
from jiebang.flows.report_clearances import report_clearances
from jiebang.flows.rest_stream import rest_stream
from jiebang.flows.sweep import sweep
from jiebang.store.database import Database
from tests.build import NOW, POLICY, on
from tests.flows.holder import asked, known, proven, streaming
from tests.memory import CARRIER, SHOP, SOCIAL, picture

SECRET = b"a secret"
DAY = timedelta(days=1)
NUMBERS = [parse(f"+86138001390{last:02}") for last in range(12)]


def disconnect(database: Database, *numbers: Number, days_ago: int = 0) -> None:
    """Have the carrier report that numbers were assigned once and are not any more."""
    changes = [
        Change(number=number, kind=kind, at=at)
        for number in numbers
        for kind, at in ((ChangeKind.ASSIGNED, on(2019, 1, 7)), (ChangeKind.DISCONNECTED, on(2021, 11, 3)))
    ]
    load_changes(database, CARRIER, changes=changes, now=NOW - days_ago * DAY, policy=POLICY)


def poll(
    database: Database,
    stream: Stream,
    *,
    confirmed: Iterable[str] = (),
    most: int = 99,
    **said: Iterable[str],
) -> Handed:
    """Poll a stream."""
    wish = Poll(
        stream_id=stream.id, confirmed=list(confirmed), unreadable=list(said.get("unreadable", ())), most=most
    )
    return poll_letters(database, stream.platform_id, poll=wish, now=NOW, secret=SECRET)


def names(letters: Iterable[Letter]) -> list[str]:
    """Name letters by their number's last two digits."""
    return [letter.number.e164[-2:] for letter in letters if letter.number]


def test_both_signals_reach_every_stream_until_each_confirms(database: Database) -> None:
    streams = [streaming(database), streaming(database, SOCIAL)]
    known(database)
    for stream in streams:
        poll(database, stream)
        handed = poll(database, stream)
        assert tuple(letter.event for letter in handed.letters) == SIGNALS
        assert not poll(database, stream, confirmed=[letter.jti for letter in handed.letters]).letters
    assert len(picture(database)["signals"]) == 2


def test_letters_of_its_own_come_before_signals(database: Database) -> None:
    stream = streaming(database)
    known(database)
    asked(database, proven(database))
    events = [letter.event for letter in poll(database, stream).letters]
    assert events == [Event.BINDINGS_ASKED, *SIGNALS]
    first = poll(database, stream, most=1)
    assert ([letter.event for letter in first.letters], first.more) == ([Event.BINDINGS_ASKED], True)
    rest = poll(database, stream, confirmed=[first.letters[0].jti], most=2)
    assert ([letter.event for letter in rest.letters], rest.more) == (list(SIGNALS), False)


def test_confirmations_come_in_any_order_and_nothing_unconfirmed_is_dropped(database: Database) -> None:
    stream = streaming(database)
    disconnect(database, *NUMBERS)
    handed = poll(database, stream, most=5)
    assert (names(handed.letters), handed.more) == (["00", "01", "02", "03", "04"], True)
    jtis = [letter.jti for letter in handed.letters]
    handed = poll(database, stream, confirmed=[jtis[3], jtis[1]], most=5)
    assert names(handed.letters) == ["00", "02", "04", "05", "06"]
    handed = poll(database, stream, confirmed=[*jtis[:3], handed.letters[-1].jti], most=99)
    assert names(handed.letters) == ["04", "05", "07", "08", "09", "10", "11"]
    assert not poll(database, stream, confirmed=[letter.jti for letter in handed.letters]).letters


@pytest.mark.parametrize("forged", ["str_other.1", "sig_1", "{stream}.0", "{stream}.99", "{stream}.x"])
def test_a_confirmation_of_nothing_changes_nothing(database: Database, forged: str) -> None:
    stream = streaming(database)
    poll(database, stream, confirmed=[forged.format(stream=stream.id)])
    disconnect(database, *NUMBERS[:2])
    assert names(poll(database, stream).letters) == ["00", "01"]


def test_what_cannot_be_read_is_noted_and_passed(database: Database) -> None:
    stream = streaming(database)
    disconnect(database, *NUMBERS[:3])
    bad = poll(database, stream).letters[1].jti
    assert names(poll(database, stream, unreadable=[bad]).letters) == ["00", "02"]
    poll(database, stream, unreadable=[bad])
    assert len(picture(database)["complaints"]) == 1


def test_a_stream_hears_from_when_it_is_opened_and_its_next_one_goes_on(database: Database) -> None:
    disconnect(database, NUMBERS[0])
    stream = streaming(database)
    disconnect(database, *NUMBERS[1:4])
    handed = poll(database, stream)
    assert names(handed.letters) == ["01", "02", "03"]
    poll(database, stream, confirmed=[handed.letters[0].jti])
    close_stream(database, SHOP, stream_id=stream.id)
    assert names(poll(database, streaming(database)).letters) == ["02", "03"]


@pytest.mark.parametrize("status", [StreamStatus.PAUSED, StreamStatus.DISABLED])
def test_a_resting_stream_loses_nothing(database: Database, status: StreamStatus) -> None:
    stream = streaming(database)
    disconnect(database, *NUMBERS[:2])

    def rest(to: StreamStatus) -> None:
        change_stream(database, SHOP, stream_id=stream.id, change=lambda stream: replace(stream, status=to))

    rest(status)
    assert not poll(database, stream).letters
    disconnect(database, NUMBERS[2])
    rest(StreamStatus.ENABLED)
    assert names(poll(database, stream).letters) == ["00", "01", "02"]


def test_a_stream_that_carries_no_signals_hears_them_from_when_it_asks(database: Database) -> None:
    stream = streaming(database, events=[Event.BINDINGS_ASKED])
    disconnect(database, NUMBERS[0])
    assert not poll(database, stream).letters
    events = (Event.NUMBER_DISCONNECTED,)
    change_stream(
        database, SHOP, stream_id=stream.id, change=lambda stream: replace(stream, events_requested=events)
    )
    known(database)
    assert [letter.event for letter in poll(database, stream).letters] == [Event.NUMBER_DISCONNECTED]


def test_a_stream_can_be_limited_to_some_numbers(database: Database) -> None:
    stream = open_stream(
        database, SHOP, events=SIGNALS, description=None, default_subjects=DefaultSubjects.NONE
    )
    for number in (NUMBERS[1], NUMBERS[7], NUMBERS[8], NUMBERS[7]):
        add_subject(database, SHOP, stream_id=stream.id, number=number, secret=SECRET)
    remove_subject(database, SHOP, stream_id=stream.id, number=NUMBERS[8], secret=SECRET)
    disconnect(database, *NUMBERS)
    handed = poll(database, stream)
    assert names(handed.letters) == ["01", "07"]
    assert not poll(database, stream, confirmed=[letter.jti for letter in handed.letters]).letters
    assert NUMBERS[7].e164[1:] not in str(picture(database)["subjects"])


def test_a_stream_of_all_numbers_can_leave_some_out(database: Database) -> None:
    stream = streaming(database)
    for number in NUMBERS[:3]:
        remove_subject(database, SHOP, stream_id=stream.id, number=number, secret=SECRET)
    add_subject(database, SHOP, stream_id=stream.id, number=NUMBERS[1], secret=SECRET)
    disconnect(database, *NUMBERS[:5])
    assert names(poll(database, stream).letters) == ["01", "03", "04"]


def test_another_default_begins_without_exceptions(database: Database) -> None:
    stream = streaming(database)
    remove_subject(database, SHOP, stream_id=stream.id, number=NUMBERS[0], secret=SECRET)
    for default in (DefaultSubjects.NONE, DefaultSubjects.ALL):
        change_stream(
            database, SHOP, stream_id=stream.id,
            change=lambda stream, default=default: replace(stream, default_subjects=default),  # type: ignore[misc]  # a lambda's default
        )  # fmt: skip
    disconnect(database, NUMBERS[0])
    assert names(poll(database, stream).letters) == ["00"]


def test_what_a_limited_stream_passes_over_is_not_read_again(database: Database) -> None:
    stream = open_stream(
        database, SHOP, events=SIGNALS, description=None, default_subjects=DefaultSubjects.NONE
    )
    lines = [parse(f"+8613900{last:06}") for last in range(1200)]
    disconnect(database, *lines)
    assert not poll(database, stream).letters
    assert '"seq": 1200' in picture(database)["cursors"][0]


def test_a_replay_gives_signals_again_and_drops_none(database: Database) -> None:
    stream = streaming(database)
    for days_ago, number in ((9, NUMBERS[0]), (5, NUMBERS[1]), (1, NUMBERS[2])):
        disconnect(database, number, days_ago=days_ago)
    poll(database, stream, confirmed=[letter.jti for letter in poll(database, stream).letters])
    assert replay_stream(database, SHOP, since=NOW - 6 * DAY) == 2
    assert names(poll(database, stream).letters) == ["01", "02"]
    assert replay_stream(database, SHOP, since=NOW) == 2
    assert names(poll(database, stream).letters) == ["01", "02"]
    with pytest.raises(UnknownStream):
        replay_stream(database, SOCIAL, since=NOW)


def test_a_platform_hears_that_the_hub_rests_its_stream_and_wakes_it(database: Database) -> None:
    stream = streaming(database)
    disconnect(database, NUMBERS[0])
    for _ in range(2):
        rest_stream(database, SHOP, status=StreamStatus.PAUSED, reason="Moving house.", now=NOW)
    [letter] = poll(database, stream).letters
    assert (letter.event, letter.said) == (
        Event.STREAM_UPDATED, {"status": "paused", "reason": "Moving house."},
    )  # fmt: skip
    rest_stream(database, SHOP, status=StreamStatus.ENABLED, reason=None, now=NOW)
    found = poll(database, stream, confirmed=[letter.jti]).letters
    assert [one.event for one in found] == [Event.STREAM_UPDATED, Event.NUMBER_DISCONNECTED]
    with pytest.raises(UnknownStream):
        rest_stream(database, SOCIAL, status=StreamStatus.PAUSED, reason=None, now=NOW)


def test_signals_are_erased_when_they_were_kept_long_enough(database: Database) -> None:
    stream = streaming(database)
    disconnect(database, NUMBERS[0], days_ago=401)
    disconnect(database, NUMBERS[1], days_ago=399)
    sweep(database, now=NOW, policy=POLICY)
    assert names(poll(database, stream).letters) == ["01"]


def test_an_offer_of_nothing_takes_confirmations_only(database: Database) -> None:
    stream = streaming(database)
    disconnect(database, *NUMBERS[:2])
    first = poll(database, stream).letters[0]
    assert poll(database, stream, confirmed=[first.jti], most=0) == Handed(letters=[], more=False)
    assert names(poll(database, stream).letters) == ["01"]


def test_the_day_that_is_told_is_the_day_where_the_carrier_is(database: Database) -> None:
    zone = ZoneInfo("Pacific/Auckland")
    far = Party(id="par_far", role=Role.CARRIER, name="Far", jwks={}, timezone=zone.key)
    add_party(database, far, now=NOW)
    stream = streaming(database)
    lived = [(ChangeKind.ASSIGNED, date(2019, 1, 7)), (ChangeKind.DISCONNECTED, date(2026, 1, 15))]
    changes = [Change(number=NUMBERS[0], kind=kind, at=day(at, zone)) for kind, at in lived]
    load_changes(database, far.id, changes=changes, now=NOW, policy=POLICY)
    disconnect(database, NUMBERS[1])
    told = [letter.said["disconnected_on"] for letter in poll(database, stream).letters]
    assert told == ["2026-01-15", "2021-11-03"]
    [cleared] = report_clearances(database, far.id, numbers=NUMBERS[:1], now=NOW, policy=POLICY)
    assert cleared
    assert cleared.told.happened_on == date(2026, 1, 15)
