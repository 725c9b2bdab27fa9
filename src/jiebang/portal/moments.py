"""Times as people say them: in the holder's language, and in the zone where their number lives."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import phonenumbers
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_timezone,
    get_timezone_gmt,
    get_timezone_name,
)
from markupsafe import Markup
from phonenumbers.timezone import time_zones_for_number

from jiebang.domain.number import Number
from jiebang.domain.span import Span
from jiebang.portal.language import Language

_ONE_DAY = timedelta(days=1)


def zone_of(number: Number | None) -> tzinfo:
    """The zone of a number's numbering area; UTC where it lies in several, or no number is known."""
    if number is None:
        return UTC
    zones = time_zones_for_number(phonenumbers.parse(number.e164))
    return get_timezone(zones[0]) if len(zones) == 1 else UTC


@dataclass(frozen=True, slots=True)
class Clock:
    """How one page tells the time: its language, its zone, and when it is read."""

    language: Language
    zone: tzinfo
    now: datetime

    @property
    def zone_name(self) -> str:
        """Name the zone, so that no time on the page can be misread."""
        offset = get_timezone_gmt(self.now.astimezone(self.zone), locale="en").replace("GMT", "UTC")
        if self.zone is UTC:
            return "UTC"
        return f"{get_timezone_name(self.zone, locale=self.language.locale)} ({offset})"

    def date(self, at: datetime) -> Markup:
        """Say a day."""
        return _marked(at, format_date(at.astimezone(self.zone), "medium", locale=self.language.locale))

    def month(self, at: datetime) -> Markup:
        """Say a month."""
        local = at.astimezone(self.zone)
        return _marked(at, format_skeleton("yMMMM", local, tzinfo=self.zone, locale=self.language.locale))

    def moment(self, at: datetime) -> Markup:
        """Say an instant to the minute; of one that is today, only the time of day."""
        local = at.astimezone(self.zone)
        said = format_time(local, "short", tzinfo=self.zone, locale=self.language.locale)
        if local.date() != self.now.astimezone(self.zone).date():
            said = f"{format_date(local, 'medium', locale=self.language.locale)} {said}"
        return _marked(at, said)

    def length(self, duration: timedelta) -> str:
        """Say how long something lasts: `72 hours` are 3 days, and 59 seconds are still seconds."""
        return format_timedelta(duration, threshold=1, locale=self.language.locale)

    def about(self, span: Span) -> Markup:
        """Say when something of which only a span is known happened: that day, or that month."""
        first, last = span.not_before, span.not_after
        if first is None or last is None:
            raise ValueError("a span with an open end is no day and no month")
        # A day in the platform's zone may touch two days in the holder's; its middle lies in the right one.
        middle = first + (last - first) / 2
        return self.date(middle) if last - first <= _ONE_DAY else self.month(middle)


def _marked(at: datetime, said: str) -> Markup:
    exact = at.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(exact, said)
