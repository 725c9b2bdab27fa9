"""Times as people say them: in the holder's language, and in the zone where their number lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from types import MappingProxyType
from typing import Literal

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

_ONE_DAY = timedelta(hours=25)
"""A day, in a zone that sets its clocks back in it."""


_Unit = Literal["day", "hour", "minute", "second"]
_UNITS: Mapping[_Unit, timedelta] = MappingProxyType(
    {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
)


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
        """Say the day of an instant."""
        return _marked(at, self._day(at.astimezone(self.zone)))

    def moment(self, at: datetime) -> Markup:
        """Say an instant to the minute; of one that is today, only the time of day."""
        local = at.astimezone(self.zone)
        said = format_time(local, "short", tzinfo=self.zone, locale=self.language.locale)
        if local.date() != self.now.astimezone(self.zone).date():
            said = f"{self._day(local)} {said}"
        return _marked(at, said)

    def length(self, duration: timedelta) -> str:
        """Say how long something lasts, and never roughly: 72 hours are 3 days, but 30 days are no month."""
        unit: _Unit = next((unit for unit, size in _UNITS.items() if not duration % size), "second")
        return format_timedelta(duration, unit, threshold=inf, locale=self.language.locale)

    def about(self, span: Span) -> Markup:
        """
        Say when something happened of which the instant is known, or the day, or the month.

        A day begins at midnight in the zone of whoever reported it, which is no more than half a day
        from UTC: so the middle of the span, read in UTC, lies in the day that was reported.
        """
        first, last = span.not_before, span.not_after
        if first is None or last is None:
            raise ValueError("a span with an open end is no day and no month")
        if first == last:
            return self.date(first)
        middle = (first + (last - first) / 2).astimezone(UTC)
        if last - first <= _ONE_DAY:
            return _marked(middle, self._day(middle), exact=f"{middle:%Y-%m-%d}")
        said = format_skeleton("yMMMM", middle, tzinfo=UTC, locale=self.language.locale)
        return _marked(middle, said, exact=f"{middle:%Y-%m}")

    def _day(self, at: datetime) -> str:
        return format_date(at, "medium", locale=self.language.locale)


def _marked(at: datetime, said: str, *, exact: str = "") -> Markup:
    written = exact or at.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(written, said)
