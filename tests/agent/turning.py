"""A clock that only turns when it is told to."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Says what time it is, as the agent's loop does."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def turn(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by
