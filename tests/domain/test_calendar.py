"""Working days are those that a country works, and a deadline is the end of the last of them."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.calendar import Calendar
from jiebang.domain.policy import Policy
from tests.build import BEIJING, POLICY
from tests.chance import chance, zones

CHINA = Calendar(country="CN", zone=BEIJING)
ANYWHERE = Calendar()
HOUR = timedelta(hours=1)

calendars = st.builds(Calendar, country=st.sampled_from([None, "CN", "US", "SA", "XX"]), zone=zones)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001 - a zone follows
counts = st.integers(min_value=1, max_value=20)
lengths = st.integers(min_value=1, max_value=60).map(lambda halves: halves * HOUR / 2)


def beijing(text: str) -> datetime:
    """An instant by the clocks of China."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("on", "country", "worked"),
    [
        (date(2026, 2, 14), "CN", True),  # a Saturday that pays for the Spring Festival
        (date(2026, 2, 14), None, False),
        (date(2026, 2, 16), "CN", False),  # a Monday, New Year's Eve by the moon
        (date(2026, 2, 16), None, True),
        (date(2026, 2, 24), "CN", True),
        (date(2026, 2, 28), "CN", True),
        (date(2028, 2, 29), "CN", True),  # a leap day, a Tuesday
        (date(2026, 10, 10), "CN", True),  # a Saturday that pays for the National Day
        (date(2026, 7, 3), "US", False),  # the day of independence was a Saturday, and observed before
        (date(2026, 7, 3), "CN", True),
        (date(2026, 3, 6), "SA", False),  # a Friday
        (date(2026, 3, 8), "SA", True),  # a Sunday
        (date(2026, 3, 6), "XX", True),  # nobody knows this country
        (date(2026, 3, 7), "XX", False),
    ],
)
def test_each_country_works_on_its_own_days(on: date, country: str | None, *, worked: bool) -> None:
    assert Calendar(country=country).is_working(on) is worked


@pytest.mark.parametrize(
    ("after", "workdays", "due"),
    [
        ("2026-11-24 14:30", 5, "2026-12-02 00:00"),  # over a month's end
        ("2026-11-24 00:00", 5, "2026-12-02 00:00"),
        ("2026-11-23 23:59:59.999999", 5, "2026-12-01 00:00"),
        ("2026-02-11 10:00", 5, "2026-02-26 00:00"),  # 12, 13, Saturday 14; the festival; 24, 25
        ("2026-02-18 10:00", 5, "2026-03-01 00:00"),  # placed on a holiday; Saturday 28 is worked
        ("2026-02-13 10:00", 1, "2026-02-15 00:00"),
        ("2026-02-14 10:00", 1, "2026-02-25 00:00"),
        ("2028-02-25 10:00", 2, "2028-03-01 00:00"),  # Monday, and the leap day
        ("2026-09-25 10:00", 15, "2026-10-23 00:00"),  # the whole National Day, and Saturday 10
        ("2025-12-31 10:00", 1, "2026-01-05 00:00"),  # Sunday 4 pays for the New Year
    ],
)
def test_a_deadline_is_the_end_of_the_last_working_day(after: str, workdays: int, due: str) -> None:
    assert CHINA.end_of_workday(workdays, after=beijing(after)) == beijing(due)


def test_midnight_is_that_of_the_place() -> None:
    evening = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # past midnight in Beijing
    assert CHINA.end_of_workday(1, after=evening) == datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert ANYWHERE.end_of_workday(1, after=evening) == datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "after", "due"),
    [
        ("Africa/Cairo", "2026-04-22T12:00", "2026-04-23T22:00"),  # Friday 24 April begins at one o'clock
        ("America/Havana", "2026-10-29T12:00", "2026-10-31T04:00"),
        ("America/New_York", "2026-03-06T12:00", "2026-03-10T04:00"),  # an hour was lost on Sunday
        ("America/New_York", "2026-10-30T12:00", "2026-11-03T05:00"),  # and came back
        ("Australia/Lord_Howe", "2026-04-03T12:00", "2026-04-06T13:30"),  # half an hour came back
    ],
)
def test_days_of_another_length_end_when_the_next_begins(zone: str, after: str, due: str) -> None:
    place = Calendar(zone=ZoneInfo(zone))
    begun = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert place.end_of_workday(1, after=begun) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-11-24 14:30", 2, "2026-11-24 16:30"),
        ("2026-11-24 16:00", 2, "2026-11-24 18:00"),
        ("2026-11-24 16:00:00.000001", 2, "2026-11-25 09:00:00.000001"),
        ("2026-11-24 17:00", 2, "2026-11-25 10:00"),
        ("2026-11-24 03:00", 2, "2026-11-24 11:00"),
        ("2026-11-24 22:00", 2, "2026-11-25 11:00"),
        ("2026-11-27 17:30", 2, "2026-11-30 10:30"),  # a weekend
        ("2026-11-24 09:00", 20, "2026-11-26 11:00"),
        ("2026-02-13 17:00", 2, "2026-02-14 10:00"),  # Saturday is worked
        ("2026-02-14 17:00", 2, "2026-02-24 10:00"),  # the festival is not
        ("2026-02-18 12:00", 2, "2026-02-24 11:00"),
    ],
)
def test_hours_are_counted_while_people_work(since: str, hours: int, until: str) -> None:
    assert CHINA.after_working(hours * HOUR, since=beijing(since), policy=POLICY) == beijing(until)


@pytest.mark.parametrize(
    ("begins", "ends"), [(18 * HOUR, 9 * HOUR), (9 * HOUR, 9 * HOUR), (-HOUR, HOUR), (9 * HOUR, 25 * HOUR)]
)
def test_a_working_day_without_working_time_is_no_policy(begins: timedelta, ends: timedelta) -> None:
    with pytest.raises(ValueError, match="within one day"):
        Policy(workday_begins=begins, workday_ends=ends)


def worked(calendar: Calendar, after: datetime, until: datetime) -> int:
    """Count the working days that begin after an instant and end by another, one by one."""
    on, days = after.astimezone(calendar.zone).date(), 0
    while (on := on + timedelta(days=1)) < until.astimezone(calendar.zone).date():
        days += calendar.is_working(on)
    return days


@chance
@given(calendar=calendars, after=moments, count=counts)
def test_so_many_working_days_are_in_it_and_the_last_of_them_ends_it(
    calendar: Calendar, after: datetime, count: int
) -> None:
    due = calendar.end_of_workday(count, after=after)
    assert worked(calendar, after, due) == count
    assert worked(calendar, after, due - timedelta(microseconds=1)) == count - 1
    assert due > after


@chance
@given(calendar=calendars, after=moments, later=st.timedeltas(timedelta(0), timedelta(days=40)), count=counts)
def test_what_is_ordered_later_is_never_due_earlier(
    calendar: Calendar, after: datetime, later: timedelta, count: int
) -> None:
    due, next_due = (calendar.end_of_workday(count, after=at) for at in (after, after + later))
    assert due <= next_due
    assert due < calendar.end_of_workday(count + 1, after=after)


@chance
@given(calendar=calendars, since=moments, length=lengths, later=st.timedeltas(HOUR * 0, 200 * HOUR))
def test_what_is_asked_later_is_never_slow_earlier(
    calendar: Calendar, since: datetime, length: timedelta, later: timedelta
) -> None:
    first, second = (calendar.after_working(length, since=at, policy=POLICY) for at in (since, since + later))
    assert since + length <= first <= second
    assert calendar.is_working(at_work(first, calendar.zone))


def at_work(at: datetime, zone: tzinfo) -> date:
    """The day of an instant, holding that it lies in working hours."""
    local = at.astimezone(zone)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, microseconds=local.microsecond)
    assert POLICY.workday_begins <= since_midnight + timedelta(seconds=local.second) <= POLICY.workday_ends
    return local.date()


@chance
@given(calendar=calendars, since=moments, one=lengths, other=lengths)
def test_working_time_adds_up(calendar: Calendar, since: datetime, one: timedelta, other: timedelta) -> None:
    halfway = calendar.after_working(one, since=since, policy=POLICY)
    at_once = calendar.after_working(one + other, since=since, policy=POLICY)
    assert calendar.after_working(other, since=halfway, policy=POLICY) == at_once
