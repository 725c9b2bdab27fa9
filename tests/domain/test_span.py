"""A span says when something happened as honestly as it is known; what it says is sure, is sure."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from jiebang.domain.errors import NotASpan
from jiebang.domain.span import Span, day, instant, month
from tests.build import BEIJING, NOW
from tests.chance import chance, closed_spans, days, spans, zones

TICK = timedelta(microseconds=1)


@chance
@given(one=closed_spans(), other=closed_spans())
def test_surely_before_is_so_however_the_truth_lies(one: Span, other: Span) -> None:
    assert one.not_after is not None
    assert one.not_before is not None
    assert other.not_before is not None
    assert other.not_after is not None
    assert one.surely_before(other) == (one.not_after < other.not_before)
    assert one.surely_not_before(other) == (one.not_before >= other.not_after)


@chance
@given(one=spans(), other=spans())
def test_two_sure_words_never_contradict_each_other(one: Span, other: Span) -> None:
    assert not (one.surely_before(other) and one.surely_not_before(other))
    assert not (one.surely_before(other) and other.surely_before(one))
    if one.surely_before(other):
        assert other.surely_not_before(one)


@chance
@given(one=spans())
def test_nothing_is_sure_of_an_end_that_nobody_knows(one: Span) -> None:
    nothing = Span(None, None)
    assert not one.surely_before(nothing)
    assert not one.surely_not_before(nothing)
    assert not nothing.surely_before(one)
    assert not nothing.surely_not_before(one)


def test_the_same_instant_is_not_before_itself() -> None:
    assert instant(NOW).surely_not_before(instant(NOW))
    assert not instant(NOW).surely_before(instant(NOW))
    assert instant(NOW - TICK).surely_before(instant(NOW))


@chance
@given(on=days, zone=zones)
def test_days_follow_each_other_without_gap_or_overlap(on: date, zone: tzinfo) -> None:
    today, tomorrow = day(on, zone), day(on + timedelta(days=1), zone)
    assert today.not_after is not None
    assert today.not_after + TICK == tomorrow.not_before
    assert today.surely_before(tomorrow)


@chance
@given(on=days, zone=zones)
def test_a_month_is_from_its_first_day_to_its_last(on: date, zone: tzinfo) -> None:
    last = (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    whole = month(on, zone)
    assert whole.not_before == day(on.replace(day=1), zone).not_before
    assert whole.not_after == day(last, zone).not_after


@pytest.mark.parametrize(
    ("on", "zone", "first", "hours"),
    [
        (date(2026, 3, 2), UTC, "2026-03-02T00:00:00+00:00", 24),
        (date(2026, 3, 2), BEIJING, "2026-03-01T16:00:00+00:00", 24),
        (date(2026, 3, 8), ZoneInfo("America/New_York"), "2026-03-08T05:00:00+00:00", 23),
        (date(2026, 11, 1), ZoneInfo("America/New_York"), "2026-11-01T04:00:00+00:00", 25),
    ],
)
def test_a_day_is_as_long_as_it_is_there(on: date, zone: tzinfo, first: str, hours: int) -> None:
    start = datetime.fromisoformat(first)
    assert day(on, zone) == Span(start, start + timedelta(hours=hours) - TICK)


def test_ends_that_are_known_must_be_in_order() -> None:
    with pytest.raises(NotASpan):
        Span(NOW, NOW - TICK)
    assert Span(NOW, NOW) == instant(NOW)


@pytest.mark.parametrize(("first", "last"), [(True, False), (False, True), (True, True)])
def test_an_instant_without_a_zone_is_refused(first: bool, last: bool) -> None:  # noqa: FBT001 - a table
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(NotASpan):
        Span(naive if first else None, naive if last else NOW)


@pytest.mark.parametrize("build", [day, month])
@pytest.mark.parametrize("on", [date.min, date.max])
def test_what_lies_beyond_the_calendar_is_refused(build: Callable[..., Span], on: date) -> None:
    zone = timezone(timedelta(hours=8))
    with pytest.raises(NotASpan):
        build(on, zone)
