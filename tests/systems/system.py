"""
A real account system, run by a test on loopback: what its users do, what its operator sees.

There is one module here for each system, and `EVERY` in `tests/connectors/conftest.py` lists them. The tests
in `tests/connectors/test_every_system.py` run against each. A system may be shared by many tests: each has
numbers of its own, and finds the system as whatever ran before has left it.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from jiebang.domain.binding import BoundSource, OrderKind

CANARY, ABSENT = "+8613700137000", "+8613700137999"
"""Numbers that nobody has but the canary, an account that each system is given when it starts."""


class System(Protocol):
    """
    One running account system, with a canary in it.

    Handles are those that the connector gives (`account-…`). Numbers are E.164; how the system spells
    them is its own affair.
    """

    name: str
    can: frozenset[OrderKind]
    """What can be ordered for its accounts."""
    bound: BoundSource
    """What the system knows of when a number was bound."""
    several_numbers: bool
    """Whether one account may have several numbers."""
    shared_numbers: bool
    """Whether several accounts may have one number."""
    tells_logins: bool
    """Whether it knows if an account can be entered without its number."""
    touched: frozenset[str]
    """What differs in an account after its only number was taken off: the names nearest to what it keeps."""

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part of the agent's configuration; `url` leads to it through something."""

    def secrets(self) -> Mapping[str, str]:
        """Give the environment in which the agent finds its secrets."""

    def add(self, *numbers: str, alone: bool = False) -> str:
        """
        Register an account with these numbers; gives its handle.

        A number that is given twice is written in two spellings. The account can be entered in another
        way too, unless the number is all there is (`alone`), where the system has such accounts.
        """

    def numbers(self, handle: str) -> list[str]:
        """List an account's numbers, in E.164; none for an account that is closed or gone."""

    def is_open(self, handle: str) -> bool:
        """Whether the account is there and its owner can come in."""

    def changes(self, handle: str) -> int | None:
        """Count how often an account was changed since it was added; `None` where the system does not."""

    def snapshot(self) -> Mapping[str, object]:
        """
        Everything that the system keeps, to compare.

        What belongs to an account is under its handle, everything else under a name of its own.
        """

    def down(self) -> AbstractContextManager[None]:
        """Keep the agent, and it may be everybody, from reaching it for a while."""

    def stop(self) -> None:
        """End whatever was started for it."""
