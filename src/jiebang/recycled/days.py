"""Day codes: what two bytes say about one number."""

from datetime import date, timedelta

EPOCH = date(1950, 1, 1)
"""The first day there is a code for; what is earlier counts as this day. The last is in June 2129."""

NOT_COVERED = 0
"""Nothing is known of the number: no carrier has reported who holds it."""
NEVER = 1
"""The number is known, and has had one holder only."""
FIRST = 2
"""The code of `EPOCH`; each later day is one more."""
LAST = 0xFFFF


def code_of(day: date) -> int:
    """Write a day as its code; raises `OverflowError` for days after the last one."""
    code = max((day - EPOCH).days, 0) + FIRST
    if code > LAST:
        raise OverflowError(f"a list has no days after {day_of(LAST)}")
    return code


def day_of(code: int) -> date | None:
    """Read a code; `None` when it is no day: not covered, or never changed hands."""
    return None if code < FIRST else EPOCH + timedelta(days=code - FIRST)
