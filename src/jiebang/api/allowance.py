"""How many numbers each platform may still check today."""

from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from jiebang.counting import count
from jiebang.domain.limit import Limited, Use
from jiebang.house import House

_AHEAD = 1000
"""So many checks are counted in advance: to count each in the database would cost more than to answer it."""


@dataclass(slots=True)
class _Left:
    checks: int
    until: datetime


class Allowance:
    """
    What this process has counted in advance, and not spent yet.

    What is left over when the day or the process ends was counted for nothing: the limit may be that
    much lower for a platform, and never higher.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._left: dict[str, _Left] = {}

    async def spend(self, platform_id: str, *, times: int = 1) -> None:
        """Spend so many checks; refuses with `TooMuch` more than a platform has in a day."""
        now = self._house.now()
        left = self._left.get(platform_id)
        if left is None or left.until <= now:
            until = Use(Limited.CHECKS_BY_PLATFORM, platform_id).until(now)
            left = self._left[platform_id] = _Left(0, until)
        if left.checks < times:
            more = max(times, _AHEAD)
            await run_in_threadpool(
                count, self._house, Limited.CHECKS_BY_PLATFORM, who=platform_id, times=more
            )
            left.checks += more
        left.checks -= times
