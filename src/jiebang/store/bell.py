"""A bell in each process: whoever waits for a letter wakes when one is left, and need not keep asking."""

import asyncio
import threading
from collections.abc import Iterable
from typing import Self


class Bell:
    """
    Wakes who waits for any of some names; ringing is safe from any thread.

    It only saves time. A letter that another process has left is found by that process's bell
    being silent here and the watch on the mailbox (`mailbox.due_between`) ringing this one.
    """

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    def ring(self, names: Iterable[str]) -> None:
        """Wake everyone who waits for one of these names."""
        with self._lock:
            woken = [entry for name in names for entry in self._waiting.get(name, ())]
        for loop, rung in woken:
            if not loop.is_closed():
                loop.call_soon_threadsafe(rung.set)

    def listen(self, name: str) -> "Listener":
        """Begin to listen, before looking: what is left between the look and the wait is heard."""
        return Listener(self, name)

    def enter(self, name: str, entry: tuple[asyncio.AbstractEventLoop, asyncio.Event]) -> None:
        """Take in one who waits."""
        with self._lock:
            self._waiting.setdefault(name, set()).add(entry)

    def leave(self, name: str, entry: tuple[asyncio.AbstractEventLoop, asyncio.Event]) -> None:
        """Let go one who waits no more."""
        with self._lock:
            entries = self._waiting.get(name, set())
            entries.discard(entry)
            if not entries:
                self._waiting.pop(name, None)


class Listener:
    """One who listens, in a `with` block on an event loop."""

    def __init__(self, bell: Bell, name: str) -> None:
        """Listen to this bell for this name."""
        self._bell, self._name = bell, name
        self._rung = asyncio.Event()

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._entry = (asyncio.get_running_loop(), self._rung)
        self._bell.enter(self._name, self._entry)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._bell.leave(self._name, self._entry)

    async def heard(self, seconds: float) -> bool:
        """Wait for the bell, at most so long; whether it rang."""
        try:
            # Not `wait_for`: on Python 3.11 a ring at the same moment makes it swallow a cancellation.
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
