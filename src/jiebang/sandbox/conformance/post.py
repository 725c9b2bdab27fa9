"""Post: the mailbox of an inspection, handed over until each letter is confirmed (RFC 8936)."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from jiebang.domain.letter import URGENCY, Event
from jiebang.domain.stream import SUPPORTED
from jiebang.sandbox.conformance.pen import Written

_LAST = max(URGENCY.values())


@dataclass(slots=True)
class Post:
    """What waits, and what the agent has said of each letter."""

    waiting: dict[str, Written] = field(default_factory=dict)
    confirmed: Counter[str] = field(default_factory=Counter)
    complaints: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Wakes whoever waits for the agent to say something."""
    backwards: bool = False
    """Whether the least urgent of what is handed over stand first: an object has no order (RFC 8259 §4)."""

    def leave(self, *letters: Written) -> None:
        """Leave letters; one that was confirmed may be left again."""
        self.waiting |= {letter.jti: letter for letter in letters}

    def settle(self, confirmed: Collection[str], complaints: Mapping[str, Any]) -> None:
        """Take letters out that the agent confirms, or complains of."""
        self.confirmed.update(jti for jti in confirmed if jti in self.waiting)
        self.complaints |= complaints
        for jti in [*confirmed, *complaints]:
            self.waiting.pop(jti, None)
        self.stirred.set()

    def hand_over(self, requested: Collection[str], *, most: int) -> tuple[dict[str, str], bool]:
        """Give letters by `jti`, urgent ones first, and whether there are more."""
        mine = [
            letter for letter in self.waiting.values()
            if letter.event not in SUPPORTED or letter.event in requested
        ]  # fmt: skip
        mine.sort(key=lambda letter: _urgency(letter.event))
        handed = mine[:most]
        if self.backwards:
            handed.reverse()
        return {letter.jti: letter.token for letter in handed}, len(mine) > most

    def settled(self, letter: Written) -> bool:
        """Whether the agent has said that it is done with a letter, one way or the other."""
        return letter.jti in self.confirmed or letter.jti in self.complaints


def _urgency(event: str) -> int:
    try:
        return URGENCY[Event(event)]
    except ValueError:
        return _LAST
