"""Others are told when nobody holds a number any more, and when somebody else does; of nothing else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from jiebang.domain.history import History
from jiebang.domain.letter import Event
from jiebang.domain.signal import Signal, Told, letter_of, seq_of, seqs_of, signals_of, subject_of
from jiebang.domain.span import Span, instant
from jiebang.domain.span import day as day_of
from jiebang.domain.stream import Stream
from jiebang.domain.tenure import Change, ChangeKind, tenures
from tests.build import HISTORY, NOW, NUMBER, OTHER_NUMBER, change, on

ASSIGNED, DISCONNECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED
STREAM = Stream(id="str_1", platform_id="par_shop", events_requested=())
ENDED, AGAIN = on(2025, 11, 3), on(2026, 3, 2)


def told(*history: Change, new: int = 1) -> list[tuple[Event, Span]]:
    """Say what is told of the last changes of a history."""
    known = History(list(history[: len(history) - new]))
    turns = [known.add(said) for said in history[len(history) - new :]]
    return [(signal.event, signal.at) for signal in signals_of(turn for turn in turns if turn)]


def test_aging_is_told_when_it_begins_and_a_new_holder_at_assignment() -> None:
    assert told(*HISTORY[:1]) == []
    assert told(*HISTORY[:2]) == [(Event.NUMBER_DISCONNECTED, ENDED)]
    assert told(*HISTORY) == [(Event.IDENTIFIER_RECYCLED, AGAIN)]
    assert [event for event, _ in told(*HISTORY, new=3)] == [
        Event.NUMBER_DISCONNECTED,
        Event.IDENTIFIER_RECYCLED,
    ]


@pytest.mark.parametrize("kind", [ChangeKind.PORTED, ChangeKind.SUSPENDED, ChangeKind.RESUMED])
def test_nothing_is_told_when_only_the_line_changes(kind: ChangeKind) -> None:
    assert told(HISTORY[0], change(kind, on(2024, 5, 6))) == []
    assert told(*HISTORY, change(kind, on(2026, 5, 6))) == []


@pytest.mark.parametrize(
    ("history", "events"),
    [
        ([change(ASSIGNED, on(2019, 1, 7), "one"), change(DISCONNECTED, ENDED)], [Event.NUMBER_DISCONNECTED]),
        ([change(ASSIGNED, AGAIN, "one")], []),
        ([change(DISCONNECTED, ENDED), change(DISCONNECTED, AGAIN)], []),
    ],
)
def test_an_end_is_told_once(history: list[Change], events: list[Event]) -> None:
    again = change(DISCONNECTED, on(2025, 12, 1))
    assert [event for event, _ in told(*history, new=len(history))] == events
    assert told(*history, again) == ([] if history[-1].kind is DISCONNECTED else told(*history, again))


def test_a_holder_who_comes_back_is_nobody_new() -> None:
    assert told(HISTORY[0], HISTORY[1], change(ASSIGNED, AGAIN, "earlier")) == []


def test_what_another_carrier_calls_the_same_is_somebody_new() -> None:
    here = [said._replace(carrier_id="par_here") for said in HISTORY[:2]]
    there = change(ASSIGNED, AGAIN, "earlier")._replace(carrier_id="par_there")
    assert told(*here, there) == [(Event.IDENTIFIER_RECYCLED, AGAIN)]


def test_holders_without_a_name_are_taken_for_two() -> None:
    nameless = [change(ASSIGNED, on(2019, 1, 7)), HISTORY[1], change(ASSIGNED, AGAIN)]
    assert told(*nameless) == [(Event.IDENTIFIER_RECYCLED, AGAIN)]


CHANGES = some.builds(
    change,
    some.sampled_from([kind for kind in ChangeKind if kind is not ChangeKind.CORRECTED]),
    some.dates(min_value=datetime(2015, 1, 1).date()).map(lambda day: on(2015 + day.year % 11, 1, 1)),  # noqa: DTZ001 - a day
    some.sampled_from(["one", "two", None]),
)


@given(some.lists(CHANGES, max_size=12))
def test_there_is_never_more_told_than_happened(history: Sequence[Change]) -> None:
    every = told(*history, new=len(history)) if history else []
    known = tenures(history)
    # A tenure that is taken up again was told to have ended all the same: at the time it had.
    ended = sum(change.kind is ChangeKind.DISCONNECTED for change in history)
    assert sum(event is Event.NUMBER_DISCONNECTED for event, _ in every) <= ended
    assert sum(event is Event.IDENTIFIER_RECYCLED for event, _ in every) <= max(0, len(known) - 1)
    alone = [found for end in range(1, len(history) + 1) for found in told(*history[:end])]
    assert alone == every


def test_a_signal_says_when_as_honestly_as_it_is_known() -> None:
    signal = Signal(number=NUMBER, event=Event.NUMBER_DISCONNECTED, at=ENDED)
    letter = letter_of(Told(seq=17, signal=signal, told_at=NOW), STREAM)
    assert letter.said == {
        "signal_id": "sig_17",
        "disconnected_on": "2025-11-03",
        "happened": {
            "not_before": "2025-11-02T16:00:00+00:00",
            "not_after": "2025-11-03T15:59:59.999999+00:00",
        },
    }
    assert (letter.jti, letter.platform_id, letter.number) == ("str_1.17", "par_shop", NUMBER)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Pacific/Auckland", date(2026, 1, 15), date(2026, 1, 15)),  # UTC+13, and in UTC the day before
        ("Pacific/Kiritimati", date(2026, 7, 15), date(2026, 7, 15)),
        ("Pacific/Pago_Pago", date(2026, 7, 15), date(2026, 7, 15)),
        ("Asia/Shanghai", datetime(2026, 1, 15, 23, tzinfo=UTC), date(2026, 1, 16)),
        ("America/New_York", datetime(2026, 1, 15, 2, tzinfo=UTC), date(2026, 1, 14)),
    ],
)
def test_a_day_is_its_carriers(zone: str, at: date, day: date) -> None:
    there = ZoneInfo(zone)
    ended = instant(at) if isinstance(at, datetime) else day_of(at, there)
    signal = Signal(number=NUMBER, event=Event.NUMBER_DISCONNECTED, at=ended)
    one = Told(seq=17, signal=signal, told_at=NOW, zone=there)
    assert one.happened_on == day
    assert letter_of(one, STREAM).said["disconnected_on"] == day.isoformat()


def test_a_recycled_number_is_told_without_a_day_of_disconnection() -> None:
    at = instant(datetime(2026, 3, 2, 1, tzinfo=UTC))
    signal = Signal(number=NUMBER, event=Event.IDENTIFIER_RECYCLED, at=at)
    said = letter_of(Told(seq=18, signal=signal, told_at=NOW), STREAM).said
    assert set(said) == {"signal_id", "happened"}


def test_a_signals_jti_leads_back_to_it_on_its_own_stream_only() -> None:
    jtis = [
        "str_1.17",
        "str_2.18",
        "set_abc",
        "str_1.",
        "str_1.x",
        "str_1.-4",
        "str_1.19",
        "str_1." + "9" * 40,
    ]
    assert seqs_of(jtis, STREAM) == [17, 19]


@pytest.mark.parametrize(("name", "seq"), [("sig_17", 17), ("sig_", None), ("17", None), ("sig_1.5", None)])
def test_a_signals_name_leads_back_to_it(name: str, seq: int | None) -> None:
    assert seq_of(name) == seq


def test_a_subject_is_another_word_for_every_stream_and_every_key() -> None:
    words = {
        subject_of(number, stream, secret=secret)
        for number in (NUMBER, OTHER_NUMBER)
        for stream in ("str_1", "str_2")
        for secret in (b"one", b"two")
    }
    assert len(words) == 8
    assert {len(word) for word in words} == {22}
