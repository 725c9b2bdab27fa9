"""Trial: what would be answered about one number, and what an order would do; nothing is told or changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jiebang.agent.config import Clean, Deed
from jiebang.agent.connectors.contract import Connector, Record
from jiebang.agent.dispatch import binding_of
from jiebang.agent.errors import StoreTrouble
from jiebang.domain.number import Number


class Tried(StrEnum):
    """How far what an order would do was tried."""

    REHEARSED = "rehearsed on this record, and taken back"
    UNTRIED = "not tried: this store cannot take a change back"
    FAILED = "tried, and it did not work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """One record, as the hub would see it, and what would be done to it."""

    binding: Mapping[str, Any] = field(repr=False)
    tried: Tried
    why: str = ""
    on_disconnected: Deed
    on_recycled: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one number would come to."""

    number: Number
    complete: bool
    """What the answer would say: whether no other record can use the number."""
    strangers: int
    """Rows that the store's filter gave and that have another number; a sound one gives none."""
    rehearsals: tuple[Rehearsal, ...]


async def attempt(connector: Connector, number: Number, *, clean: Clean | None) -> Trial:
    """
    Find a number's records, and rehearse on each where that leaves no trace.

    These are people's records: a value taken off and put back, even in one piece, is written anew, and so
    would be since when it stands. Raises `StoreTrouble` when nothing would be answered.
    """
    found = await connector.find(number)
    rehearsals = [await _rehearsed(connector, record, number=number, clean=clean) for record in found.records]
    return Trial(
        number=number, complete=found.complete, strangers=found.strangers, rehearsals=tuple(rehearsals)
    )


async def _rehearsed(
    connector: Connector, record: Record, *, number: Number, clean: Clean | None
) -> Rehearsal:
    tried, why = Tried.UNTRIED, ""
    try:
        if connector.takes_back and not await connector.rehearse(record.handle, number):
            tried = Tried.REHEARSED
    except StoreTrouble as trouble:
        tried, why = Tried.FAILED, str(trouble)
    ends, begins = (clean or Clean()).deeds(record.kind, record.record_class)
    return Rehearsal(
        binding=binding_of(record), tried=tried, why=why, on_disconnected=ends, on_recycled=begins
    )
