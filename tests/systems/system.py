"""
A real account system, run by a test on loopback: what its users do, what its operator sees.

There is one module here for each system, and `EVERY` in `tests/connectors/conftest.py` lists them. The tests
in `tests/connectors/test_every_system.py` run against each.
"""

from collections.abc import Mapping
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

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part of the agent's configuration; `url` leads to it through something."""

    def secrets(self) -> Mapping[str, str]:
        """Give the environment in which the agent finds its secrets."""

    def add(self, *numbers: str) -> str:
        """Register an account with these numbers and another way in; gives its handle."""

    def numbers(self, handle: str) -> list[str]:
        """List an account's numbers, in E.164; none for an account that is closed or gone."""

    def is_open(self, handle: str) -> bool:
        """Whether the account is there and its owner can come in."""

    def snapshot(self) -> Mapping[str, object]:
        """Everything that the system keeps, by account's handle or by table and row, to compare."""

    def stop(self) -> None:
        """End whatever was started for it."""
