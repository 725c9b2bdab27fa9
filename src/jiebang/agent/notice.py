"""
Notice: those whose accounts an order may be about are told of it at once, so that they can object.

The hub does not know them. The agent posts each such order to an address of the platform's own, which reaches
the account's owner by a channel that is not the number, and does so until it was taken.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import structlog

from jiebang.agent.ledger import Entry
from jiebang.agent.objections import Objections

_PATIENCE = aiohttp.ClientTimeout(total=5)
_WIDTH = 8
"""Orders told of side by side."""
_TURN = timedelta(seconds=5)
"""When one turn begins no more: orders that are due wait for it."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=1)

words = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Notice:
    """How the platform reaches the owners of accounts: one address that takes a POST for each order."""

    notify: str
    session: aiohttp.ClientSession
    now: Callable[[], datetime]
    _pause: timedelta = _FIRST_PAUSE
    _again_at: datetime | None = None
    _after: str = ""

    async def tell(self, objections: Objections) -> None:
        """Tell of orders that an owner may object to and does not know of, while all are taken."""
        until = self.now() + _TURN
        while self.now() < until and (self._again_at is None or self.now() >= self._again_at):
            waiting = await asyncio.to_thread(objections.to_tell, most=_WIDTH, after=self._after)
            # What is not taken must not stand in the way of the others: it comes again after all of them.
            self._after = waiting[-1].id if len(waiting) == _WIDTH else ""
            taken = await asyncio.gather(*(self._taken(entry) for entry in waiting))
            told = [entry for entry, was in zip(waiting, taken, strict=True) if was]
            await asyncio.to_thread(objections.told, told, self.now())
            self._rest(all_taken=len(told) == len(waiting))
            if len(waiting) < _WIDTH:
                return

    def _rest(self, *, all_taken: bool) -> None:
        """Knock again at once where all was taken; else after a while that grows."""
        if all_taken:
            self._pause, self._again_at = _FIRST_PAUSE, None
        else:
            self._again_at = self.now() + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    async def _taken(self, entry: Entry) -> bool:
        """Post one order; whether the platform has taken it."""
        until = None if entry.act_at is None else entry.act_at.isoformat()
        said = {"order_id": entry.id, "handle": entry.handle, "until": until}
        try:
            async with self.session.post(
                self.notify, json=said, timeout=_PATIENCE, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = None
        if status is not None and 200 <= status < 300:  # noqa: PLR2004 - HTTP's own bounds of success
            words.info("agent:owner:told", order=entry.id)
            return True
        words.warning("agent:owner:not-told", order=entry.id, status=status)
        return False
