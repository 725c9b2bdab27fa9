"""Lists for tests: small ones in a moment, as a hub would publish them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from joserfc.jwk import KeySet

from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import Block, blocks_of, pack
from jiebang.recycled.publish import Publisher
from jiebang.wire import keys
from jiebang.wire.seals import seal, unseal

TODAY = date(2026, 11, 24)
ONE, TWO = 8613800138000, 12015550123
FULL = 8613800130000
"""Where a block begins."""

Facts = Mapping[int, int]
"""Numbers and their day codes."""


def blocks(facts: Facts) -> list[Block]:
    """Gather facts into blocks."""
    return list(blocks_of(sorted(facts.items())))


def listed(path: Path, facts: Facts) -> MappedList:
    """Write a list of some facts, and map it."""
    pack(path, blocks(facts), covered_until=TODAY)
    return MappedList(mapped(path))


@dataclass(frozen=True)
class Hub:
    """A hub that publishes into a folder, and signs with a key of its own."""

    folder: Path
    key: keys.Key = field(default_factory=keys.make)

    @property
    def publisher(self) -> Publisher:
        """Publish into the folder."""
        return Publisher(
            folder=self.folder,
            issuer="https://hub.example",
            zone="UTC",
            sign=lambda payload: seal(payload, self.key),
            unseal=self.unseal,
        )

    def publish(self, facts: Facts, *, on: date = TODAY) -> Path:
        """Publish a list of some facts, and give its file."""
        return self.folder / self.publisher.publish(blocks(facts), covered_until=on, today=on).name

    def unseal(self, sealed: str) -> bytes:
        """Check a signature by this hub's keys."""
        return unseal(sealed, self.keys)

    @property
    def keys(self) -> KeySet:
        """The public half."""
        return keys.public_keys(self.key.public_set())
