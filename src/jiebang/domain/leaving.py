"""Leaving: what a holder goes through before they give a number up, most urgent first, and how it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from jiebang.domain.binding import Binding, OrderKind, Origin, RecordClass, RecordKind
from jiebang.domain.choice import Choice, choices
from jiebang.domain.errors import Conflict
from jiebang.domain.ground import DONE, offers
from jiebang.domain.number import Number
from jiebang.domain.order import LIVE, State
from jiebang.domain.party import Party
from jiebang.domain.query import Standing


class NotFinished(Conflict):
    """Something on your list is still undecided or open, or no platform was asked."""


class NobodyToTell(Conflict):
    """No carrier has told this hub that it serves this number."""


class Urgency(StrEnum):
    """What somebody who gets the number next could do with a record; the worst comes first."""

    MONEY = "money"
    """Pay, borrow or trade in the holder's name: a code to the number is often all that it takes."""
    IDENTITY = "identity"
    """Be taken for the holder, and get into other accounts that are opened by this one."""
    DAILY = "daily"
    """See addresses, orders and journeys, and spend what is stored there."""
    REST = "rest"
    """Little; but it wakes up with the number's next holder."""


URGENCY: Mapping[RecordClass, Urgency] = MappingProxyType(
    {
        RecordClass.PAYMENT: Urgency.MONEY,
        RecordClass.LENDING: Urgency.MONEY,
        RecordClass.TRADING: Urgency.MONEY,
        RecordClass.SOCIAL: Urgency.IDENTITY,
        RecordClass.SHOPPING: Urgency.DAILY,
        RecordClass.LOCAL_SERVICES: Urgency.DAILY,
        RecordClass.GAMING: Urgency.DAILY,
        RecordClass.CONTENT: Urgency.REST,
        RecordClass.OTHER: Urgency.REST,
    }
)
"""How urgent an account is, by what its platform is for; what is no account can wait."""

_IN_ORDER: list[Urgency | None] = [*Urgency, None]


class Stand(StrEnum):
    """How the holder stands with one item."""

    UNDECIDED = "undecided"
    ORDERED = "ordered"
    FREED = "freed"
    MOVED = "moved"
    KEPT = "kept"


_CHOSEN = {Choice.MOVED: Stand.MOVED, Choice.KEPT: Stand.KEPT}
_SETTLED = (Stand.ORDERED, Stand.FREED)
PENDING = frozenset({*LIVE, State.CONTRADICTED, State.ESCALATED})
"""States of an order that is not done, whatever its platform says: nothing is finished while one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A record as its platform has named it, in answer to what was asked when."""

    binding: Binding
    query_id: str
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record that the holder has to decide about."""

    id: str
    """The binding's; where only an order tells of the record, the order's."""
    platform: Party
    handle: str
    kind: RecordKind
    label: str
    origin: Origin
    stand: Stand
    choice: Choice | None = None
    """What the holder has said of it; that it is theirs decides nothing."""
    named: Named | None = None
    """What an answer says of it; `None` where none that is kept names it, and only an order tells of it."""

    @property
    def urgency(self) -> Urgency | None:
        """How urgent it is; `None` of an account of which no answer says any more what it is for."""
        if self.kind is not RecordKind.ACCOUNT:
            return Urgency.REST
        return URGENCY[self.named.binding.record_class] if self.named else None

    @property
    def choices(self) -> frozenset[Choice]:
        """What can be said of it: nothing while an order is under way or done, or no answer names it."""
        return choices(self.origin) if self.named and self.stand not in _SETTLED else frozenset()

    def offers(self, *, enough: frozenset[str]) -> frozenset[OrderKind]:
        """What may be ordered about it; `enough` is for what the number was shown well enough."""
        if self.named is None or self.stand in _SETTLED:
            return frozenset()
        return offers(self.named.binding, self.origin, enough=enough)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A platform that was asked and has not answered: nothing is known of what it has."""

    platform: Party
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A holder's word to their carrier that nothing is left undecided: counts, and never which platforms."""

    number: Number
    asked: int
    answered: int
    freed: int
    moved: int
    kept: int
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """All that the holder has to go through, most urgent first, as far as it was asked and answered."""

    items: tuple[Item, ...]
    asked: int
    """How many platforms the holder has asked."""
    answered: int
    awaited: int
    """How many of them may still answer in time."""
    open_orders: int = 0
    """How many orders are not done, those about what an earlier holder left among them."""
    unanswered: tuple[Unanswered, ...] = ()
    """Those that have not answered, in time or at all; silence keeps nobody from leaving, and is named."""

    def of(self, urgency: Urgency | None) -> list[Item]:
        """The items of one urgency, or those of which it is not known."""
        return [item for item in self.items if item.urgency is urgency]

    def count(self, *stands: Stand) -> int:
        """How many items stand like that."""
        return sum(item.stand in stands for item in self.items)

    @property
    def finished(self) -> bool:
        """Whether all that is known is decided and done."""
        unfinished = self.open_orders or self.count(Stand.UNDECIDED, Stand.ORDERED)
        return bool(self.asked) and not self.awaited and not unfinished

    def statement(self, number: Number, now: datetime) -> Statement:
        """Say that nothing is left; refuses with `NotFinished` while something is."""
        if not self.finished:
            raise NotFinished
        return Statement(
            number=number, asked=self.asked, answered=self.answered, freed=self.count(Stand.FREED),
            moved=self.count(Stand.MOVED), kept=self.count(Stand.KEPT), said_at=now,
        )  # fmt: skip


def stand_of(state: State | None, choice: Choice | None) -> Stand:
    """Say how a record stands by the state of the newest order about it and by what was chosen."""
    if state in PENDING:
        return Stand.ORDERED
    if state in DONE:
        return Stand.FREED
    return _CHOSEN.get(choice, Stand.UNDECIDED) if choice is not None else Stand.UNDECIDED


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Sort items, the most urgent first; what is alike by platform and label."""
    return tuple(
        sorted(items, key=lambda item: (_IN_ORDER.index(item.urgency), item.platform.name, item.label))
    )
