"""Afterwards: a look at an account again, which finds out a store that did less than it was told, or more."""

from dataclasses import dataclass

import structlog

from jiebang.agent.errors import HalfDone
from jiebang.domain.binding import OrderKind

words = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """What an account that is there still is like, after a change that the store took."""

    has_number: bool
    is_closed: bool
    """Whether it is closed in the way that the configuration says."""
    lost_others: bool
    """Whether it has less than it had besides the number."""

    def falls_short(self, kind: OrderKind) -> bool:
        """Whether less was done than was ordered."""
        return self.has_number or (kind is OrderKind.DEREGISTER and not self.is_closed)


def look(kind: OrderKind, account: Afterwards | None, *, who: str) -> None:
    """
    Raise `HalfDone` where less was done than was ordered, and an alarm where more was; `who` did it.

    `None` is an account that is gone. More may be somebody else's doing: for the order the number is off.
    """
    closes = kind is OrderKind.DEREGISTER
    if account is None:
        if not closes:
            words.error("agent:store:alarm", why="An account went away along with its number.")
    elif account.has_number:
        raise HalfDone(f"{who} took the change, and the account has the number still.")
    elif closes:
        if not account.is_closed:
            raise HalfDone(f"{who} took the number off, and the account is open still.")
    elif account.lost_others:
        words.error("agent:store:alarm", why="An account lost other numbers along with the one.")
