"""Promises: changes that a server has accepted, to make them later; meanwhile they are not sent once more."""

from collections.abc import Callable
from datetime import datetime, timedelta

from jiebang.agent.errors import HalfDone, Promised
from jiebang.domain.binding import OrderKind
from jiebang.domain.number import Number

_GOOD_FOR = timedelta(minutes=10)
"""After that a change was lost, for all that can be known here; before, to send it again may be refused."""
_REMEMBERED_FOR = timedelta(days=1)
"""So long an account is expected to be closed, however seldom it can be looked at."""
_Change = tuple[OrderKind, str, Number]


class Promises:
    """What was promised lately, in memory: after a restart it is asked for again."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._until: dict[_Change, datetime] = {}

    def check(self, kind: OrderKind, own_id: str, *, number: Number) -> None:
        """Raise `Promised` while a change of this account is promised, and not made yet."""
        until = self._until.get((kind, own_id, number))
        now = self._now()
        # What lies further ahead was promised while the clock was.
        if until is not None and now < until <= now + _GOOD_FOR:
            raise Promised("The server has accepted the change, and has not made it yet.")

    def check_open(self, kind: OrderKind, own_id: str, *, number: Number) -> None:
        """
        Look at an account that is open, and has the number no more.

        Raises `Promised` while it is promised that it is closed, and `HalfDone` where that was not kept.
        """
        if kind is OrderKind.DEREGISTER and (kind, own_id, number) in self._until:
            self.check(kind, own_id, number=number)
            raise HalfDone("The server took the number off, and the account is open still.")

    def take(self, kind: OrderKind, own_id: str, *, number: Number) -> None:
        """Write a promise down; raises `Promised` for now."""
        now = self._now()
        self._until = {
            change: until for change, until in self._until.items() if now < until + _REMEMBERED_FOR
        }
        self._until[kind, own_id, number] = now + _GOOD_FOR
        self.check(kind, own_id, number=number)
