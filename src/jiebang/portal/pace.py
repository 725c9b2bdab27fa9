"""How often a page that is still waiting looks again: soon at first, then less and less, then no more."""

import hashlib
from datetime import timedelta

_PACES = (
    (timedelta(minutes=1), 1),
    (timedelta(minutes=10), 5),
    (timedelta(hours=1), 30),
)
"""Until how long after the last news, every how many seconds. A page left open overnight asks nobody."""


def pace(quiet: timedelta) -> int | None:
    """Seconds until the next look, after so long without news; `None` when it is time to stop."""
    return next((seconds for until, seconds in _PACES if quiet < until), None)


def fingerprint(shown: object) -> str:
    """Name a state of a page, so that a look that finds the same one changes nothing on the screen."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
