"""Reading when something happened, in whatever way a store keeps it, and as finely as it knows."""

import re
from datetime import UTC, date, datetime, time, tzinfo

from jiebang.domain.binding import Bound, BoundSource, Precision

_MILLISECONDS = 10**11
"""Larger than this (the year 5138 in seconds), a count since 1970 is in milliseconds."""
_DAYS = range(10_000_000, 100_000_000)
"""Eight digits are a day: as seconds since 1970, they would all lie before 1974."""
_BEGIN, _END = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""
Outside of these nothing happened to an account with a telephone number. It is how stores write "never" (0001,
1900, 1970) and "for ever" (9999), and to believe it would make everybody's account an earlier holder's.
"""


def bound(bound_at: object, created_at: object, *, zone: tzinfo) -> Bound:
    """
    Say when a number was bound, from the best that the store knows; see the table in the architecture.

    What cannot be read counts as not known: nothing is ever guessed.
    """
    for kept, source in ((bound_at, BoundSource.NATIVE), (created_at, BoundSource.ACCOUNT_CREATED)):
        known = read(kept, zone=zone)
        if known is not None:
            return Bound(at=known[0], precision=known[1], source=source)
    return Bound(at=None, precision=Precision.INSTANT, source=BoundSource.UNKNOWN)


def read(kept: object, *, zone: tzinfo) -> tuple[datetime, Precision] | None:
    """
    Read an instant, a day or a month; `None` for what is empty, zero, no time at all or means "never".

    `zone` is what a time without one is in. A day or a month is read as its first instant there.
    """
    try:
        known = _read(kept, zone)
        return known if _BEGIN <= known[0] < _END else None
    except (ValueError, OverflowError, OSError):
        return None


def _read(kept: object, zone: tzinfo) -> tuple[datetime, Precision]:
    if isinstance(kept, datetime):
        return _zoned(kept, zone), Precision.INSTANT
    if isinstance(kept, date):
        return datetime.combine(kept, time.min, zone), Precision.DAY
    is_day = isinstance(kept, int) and kept in _DAYS
    return (None if is_day else _since_1970(kept)) or _written(str(kept or "").strip(), zone)


def _since_1970(kept: object) -> tuple[datetime, Precision] | None:
    # A store that cannot say "never" writes zero.
    if isinstance(kept, bool) or not isinstance(kept, int | float) or kept <= 0:
        return None
    seconds = kept / 1000 if kept > _MILLISECONDS else kept
    return datetime.fromtimestamp(seconds, UTC), Precision.INSTANT


def _written(text: str, zone: tzinfo) -> tuple[datetime, Precision]:
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return datetime.fromisoformat(f"{text}-01").replace(tzinfo=zone), Precision.MONTH
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", text):
        return datetime.fromisoformat(text).replace(tzinfo=zone), Precision.DAY
    if re.fullmatch(r"\d{9,13}", text) and (counted := _since_1970(int(text))):
        return counted
    return _zoned(datetime.fromisoformat(text), zone), Precision.INSTANT


def _zoned(at: datetime, zone: tzinfo) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
