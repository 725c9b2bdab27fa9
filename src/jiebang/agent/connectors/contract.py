"""What a connector must be able to do; everything else about a store is its own business."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from jiebang.domain.binding import Bound, OrderKind, RecordClass, RecordKind
from jiebang.domain.number import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of the store that uses the number, as the holder may see it."""

    handle: str = field(repr=False)
    """`<kind>-<id>`: the record's name, for the hub to order by and for nobody to read."""
    kind: RecordKind
    record_class: RecordClass
    label: str = field(repr=False)
    """Masked; see `labels.masked`."""
    bound: Bound
    last_used: datetime | None = None
    other_logins: int | None = None
    """How many ways into the account would remain without the number; `None` where the store cannot tell."""
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search brought: the records that use the number, and how many others the store's filter gave."""

    records: tuple[Record, ...]
    strangers: int = 0
    """Rows that the filter returned and that do not have the number. A sound filter has none."""
    complete: bool = True
    """Whether no other record can use the number; `False` where only a part of the store was seen."""


class Effect(StrEnum):
    """What came of an order: both mean that the record does not use the number now."""

    DONE = "done"
    GONE = "gone"
    """It did not use it before either: done earlier, or by somebody else."""


NOTHING_TRIED = "This store cannot take a change back, so nothing was tried."
"""What a rehearsal gives that is none."""


class Connector(Protocol):
    """
    An account store, as the agent sees it.

    Every method may raise `StoreDown` (try again) or one of `StoreRefuses`. After `StoreDown` a change may
    have reached the store, and is seen when it is tried again; after `HalfDone` a part of it may have.
    """

    width: int
    """How many orders at once are good for the store."""
    takes_back: bool
    """Whether what is rehearsed leaves no trace; else it is only rehearsed on a record made for that."""

    async def check(self) -> None:
        """Prove without any record that the store is as the configuration says; raises `Unsound`."""

    async def find(self, number: Number) -> Found:
        """Find the records that use the number, matched again on this side; may raise `TooManyRecords`."""

    async def holds(self, handle: str, number: Number) -> bool:
        """Whether this record uses the number now."""

    async def unbind(self, handle: str, number: Number) -> Effect:
        """Take the number off this one record, if it has it still, and look whether it is off."""

    async def deregister(self, handle: str, number: Number) -> Effect:
        """Close this one account, if it has the number still, and look whether it is closed."""

    async def flag(self, handle: str, number: Number) -> Effect:
        """Mark this one record for people to look at, if it has the number still; may raise `Unsupported`."""

    async def rehearse(self, handle: str, number: Number) -> str:
        """
        Try on a record whatever can be ordered for it, and take it back.

        Gives in a sentence, for the platform's operator, what could not be tried; nothing where all was.
        Where `takes_back` is `False`, the record may bear a trace of it: when it was last written.
        """

    async def close(self) -> None:
        """Let go of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One account as a list of all accounts has it."""

    handle: str = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
    """As they are stored; none where the account has none now, or is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list of accounts."""

    accounts: tuple[Listed, ...]
    mark: str
    """Where a list goes on from after this page, in the store's own words; see `Lister.pages`."""


@runtime_checkable
class Lister(Connector, Protocol):
    """A store whose accounts can be listed, so that an index can be made where it cannot search by number."""

    def pages(self, mark: str | None) -> AsyncGenerator[Page]:
        """
        List all accounts, or go on after a page's mark.

        A list that has come to its end goes on with what was changed since, where the store has a
        marker of changes; otherwise it begins again.
        """

    async def read(self, handle: str, number: Number) -> Record | None:
        """Read this one record as it is now; `None` when it does not use the number."""
