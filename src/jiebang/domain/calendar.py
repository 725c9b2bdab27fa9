"""Calendar: the working days and hours of one place, for deadlines that are promised in them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache

from jiebang.domain.policy import Policy
from jiebang.domain.span import day

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days on which a country works, in the zone in which they begin and end."""

    country: str | None = None
    """ISO 3166-1, such as `CN`; where none is known, or not by the library, Monday to Friday are worked."""
    zone: tzinfo = UTC

    def is_working(self, on: date) -> bool:
        """Whether people work on a day: no public holiday, and no weekend that was not moved away."""
        return on in _working_days(self.country, on.year)

    def end_of_workday(self, count: int, *, after: datetime) -> datetime:
        """
        Give the end of the n-th working day after an instant: the first instant of the next day.

        The day on which something begins is not counted, and the last one counts to midnight, as
        China's Civil Code has it (articles 201 and 203).
        """
        on = after.astimezone(self.zone).date()
        while count > 0:
            on += _DAY
            count -= self.is_working(on)
        return _midnight(on + _DAY, self.zone)

    def after_working(self, length: timedelta, *, since: datetime, policy: Policy) -> datetime:
        """Give the instant at which people have had so much working time since another."""
        on = since.astimezone(self.zone).date()
        while True:
            if self.is_working(on):
                begins = max(since, self._at(on, policy.workday_begins))
                ends = self._at(on, policy.workday_ends)
                if begins + length <= ends:
                    return (begins + length).astimezone(UTC)
                length -= max(ends - begins, timedelta(0))
            on += _DAY

    def _at(self, on: date, since_midnight: timedelta) -> datetime:
        """When the clock on the wall shows a time, which may be another while after midnight."""
        shown = datetime.combine(on, time.min) + since_midnight
        return shown.replace(tzinfo=self.zone).astimezone(UTC)


def _midnight(on: date, zone: tzinfo) -> datetime:
    begins = day(on, zone).not_before
    assert begins is not None  # noqa: S101 - a day has both its ends
    return begins


@cache
def _working_days(country: str | None, year: int) -> frozenset[date]:
    """List a year's working days, once, in a set of our own: the library's change as they are read."""
    first = date(year, 1, 1)
    days = frozenset(first + n * _DAY for n in range((date(year, 12, 31) - first).days + 1))
    weekdays = frozenset(on for on in days if on.weekday() < _SATURDAY)
    if country is None:
        return weekdays
    # Not above: it takes longer to read than all the rest of the domain, and a hub starts without it.
    import holidays  # noqa: PLC0415 - see the line above

    try:
        known = holidays.country_holidays(country, years=year, expand=False)
    except NotImplementedError:  # so says the library of a country that it does not know
        return weekdays
    return frozenset(on for on in days if known.is_working_day(on))
