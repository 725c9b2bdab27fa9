"""When something happened, as honestly as it is known: not before one instant, not after another."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from jiebang.domain.errors import NotASpan

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch within which one thing happened; `None` is an end that nobody knows; ends included."""

    not_before: datetime | None
    not_after: datetime | None

    def __post_init__(self) -> None:
        """Refuse with `NotASpan` ends in the wrong order or without a time zone."""
        ends = [end for end in (self.not_before, self.not_after) if end is not None]
        if any(end.tzinfo is None for end in ends) or ends != sorted(ends):
            raise NotASpan

    def surely_before(self, other: "Span") -> bool:
        """Whether this happened before the other, however the truth lies within both."""
        return (
            self.not_after is not None and other.not_before is not None and self.not_after < other.not_before
        )

    def surely_not_before(self, other: "Span") -> bool:
        """Whether this happened at the same instant as the other or later, however the truth lies."""
        return (
            self.not_before is not None and other.not_after is not None and self.not_before >= other.not_after
        )


def instant(at: datetime) -> Span:
    """Something whose instant is known."""
    return Span(at, at)


def day(on: date, zone: tzinfo = UTC) -> Span:
    """Something of which only the day is known, from midnight to the last microsecond in that zone."""
    return _whole_days(on, on, zone=zone)


def month(of: date, zone: tzinfo = UTC) -> Span:
    """Something of which only the month is known; `of` is any day in it."""
    last = of.replace(day=monthrange(of.year, of.month)[1])
    return _whole_days(of.replace(day=1), last, zone=zone)


def _whole_days(first: date, last: date, *, zone: tzinfo) -> Span:
    try:
        start = datetime.combine(first, time.min, zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)
    except OverflowError as beyond:  # the calendar's first day and its last, in some zones
        raise NotASpan from beyond
    return Span(start, end - _TICK)
