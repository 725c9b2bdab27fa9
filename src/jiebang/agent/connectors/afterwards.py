"""Afterwards: a look at an account again, which finds out a store that did less than it was told, or more."""

from dataclasses import dataclass

import structlog

from jiebang.agent.errors import HalfDone
from jiebang.domain.binding import OrderKind

words = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """What an account is like after a change that the store took."""

    has_number: bool
    is_gone: bool
    is_closed: bool
    """Gone, or closed in the way that the configuration says."""
    lost_others: bool
    """Whether it has less than it had besides the number."""


def look(kind: OrderKind, account: Afterwards, *, who: str) -> None:
    """Raise `HalfDone` where less was done than was ordered, and an alarm where more was; `who` did it."""
    if account.has_number:
        raise HalfDone(f"{who} took the change, and the account has the number still.")
    if kind is OrderKind.DEREGISTER:
        if not account.is_closed:
            raise HalfDone(f"{who} took the number off, and the account is open still.")
        return
    # It may be somebody else's doing at the same time; for the order the number is off.
    if account.is_gone:
        words.error("agent:store:alarm", why="An account went away along with its number.")
    elif account.lost_others:
        words.error("agent:store:alarm", why="An account lost other numbers along with the one.")
