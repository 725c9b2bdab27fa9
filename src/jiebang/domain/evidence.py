"""
Evidence: what a holder can show others of their orders, together with all that proves it.

What was asked, by which deadline, what the journal says became of it, and what platforms have signed of that;
whoever has it can check it without the hub. `examination.py` says how.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.journal import Entry, canonical, read
from jiebang.domain.order import State

VERSION = 2
PAGES_SEALED_SINCE = 2
"""From this version on the hub seals the pages as well to which a file is attached."""

SETTLED = frozenset({State.FULFILLED, State.VERIFIED, State.DENIED, State.REVOKED})
"""States in which no deadline runs any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sworn:
    """One entry of the journal, with the proof that the checkpoint seals it."""

    place: int
    entry: Mapping[str, Any]
    """As it is sealed: written canonically it is the leaf of the tree."""
    path: Sequence[str]
    """The inclusion proof (RFC 9162 §2.1.3): digests in hexadecimal."""
    receipt: str | None = None
    """What the platform has signed of it, where it is a platform's word."""

    def told(self) -> Entry:
        """Read the entry."""
        return read(canonical(self.entry))

    @property
    def attempt(self) -> int:
        """Which attempt at its order it is about."""
        return int(self.entry.get("attempt", 1))

    @property
    def name(self) -> str:
        """Which entry it is, for people."""
        return f"entry {self.place} ({self.entry.get('what')})"


def deadlines(entries: Sequence[Sworn], *, due: datetime) -> dict[int, datetime]:
    """
    Until when each attempt at an order was to be done, by its number; `due` is the latest one's deadline.

    An order that was opened again before the journal said what the deadline had been lacks that.
    """
    again = {one.attempt: one.entry["was_due"] for one in entries if "was_due" in one.entry}
    latest = max((one.attempt for one in entries), default=1)
    earlier = {attempt - 1: datetime.fromisoformat(was_due) for attempt, was_due in sorted(again.items())}
    return earlier | {latest: due}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform by its id, with its name and its public keys (RFC 7517), as it has joined the hub."""

    id: str
    name: str
    keys: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One letter to a platform."""

    payload: str = field(repr=False)
    """What its token says, to the byte."""
    fingerprint: str
    """The SHA-256 of that: by this a receipt names the letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One order: what was asked, as holders read it and as the platform was sent it; what came of it."""

    order_id: str
    platform_id: str
    kind: OrderKind
    record: RecordKind
    handle: str
    label: str
    origin: Origin
    placed_at: datetime
    due: datetime
    letters: Sequence[Sent]
    """How the platform was told of each attempt, and reminded of it, the first attempt first."""
    entries: Sequence[Sworn]
    object_until: datetime | None = None

    def part(self, one: Sworn) -> str:
        """Say which part of the evidence an entry of this order is, for people."""
        return f"order {self.order_id}, {one.name}"

    def moves(self) -> list[tuple[State, Entry]]:
        """Tell of the states that it came to, oldest first."""
        told = [one.told() for one in self.entries]
        return [(State(one.said["state"]), one) for one in told if one.what == "order:moved"]

    @property
    def attempt(self) -> int:
        """Which time it is that the platform was told to do this."""
        return max((one.attempt for one in self.entries), default=1)

    def deadlines(self) -> dict[int, datetime]:
        """Tell until when each attempt was to be done; see `deadlines`."""
        return deadlines(self.entries, due=self.due)

    def settled_at(self) -> datetime | None:
        """When the latest attempt was first settled; `None` where it never was."""
        settled: datetime | None = None
        for state, entry in self.moves():
            if state is State.OPEN:
                settled = None
            elif settled is None and state in SETTLED:
                settled = entry.at
        return settled

    def missed(self, now: datetime) -> bool:
        """Whether the platform let the deadline pass, as far as is known at an instant."""
        settled = self.settled_at()
        return self.due <= (settled if settled is not None else now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All of one complaint file."""

    hub: str
    """The hub's address, by which it signs letters and is named in receipts."""
    number: str = field(repr=False)
    made_at: datetime
    key: str
    """The public key of the hub's journal, as a `vkey` (C2SP signed-note)."""
    checkpoint: str
    """The signed note (C2SP tlog-checkpoint) that all proofs lead to."""
    platforms: Sequence[Platform]
    orders: Sequence[Claimed]
    evidence: int = VERSION
    seal: str = ""
    """The hub's signature, by the same key, under all the rest."""

    def text(self) -> str:
        """Write it down: JSON with sorted members and nothing between them, and only what there is."""
        return canonical(asdict(self, dict_factory=_present))

    def statement(self) -> str:
        """Give the text that the hub signs: a note that cannot pass for a checkpoint."""
        digest = hashlib.sha256(replace(self, seal="").text().encode()).hexdigest()
        return f"jiebang evidence {self.evidence}\n{digest}\n"


def _present(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in members if value is not None}
