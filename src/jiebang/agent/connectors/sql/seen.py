"""What the statement `verify` sees of one record, and whether a change made of it what it should."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import digits
from typing import TypeAlias

import sqlalchemy as sa

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sql.store import Released
from jiebang.agent.errors import Ambiguous
from jiebang.domain.number import Number

Place: TypeAlias = tuple[str, str | None]
"""Where a record has a number, as `verify` calls it, and what stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record's places, and in which spellings the number stands in some of them."""

    places: Counter[Place]
    kept: Counter[Place]
    """Those of them that hold the number."""
    spelled: tuple[object, ...]
    """The number as the database gave it, each spelling once; none where the record does not have it."""


def seen(rows: Sequence[sa.RowMapping], number: Number, *, matching: Matching, called: str) -> Seen:
    """Read one record's rows; raises `Ambiguous` where two are the same, and only one could be meant."""
    own = [row["number"] for row in rows if matching.same(row["number"], number)]
    kept = Counter(_place(row) for row in rows if matching.same(row["number"], number))
    if len(kept) < len(own):
        raise Ambiguous(f"{called} finds more than one row; nothing was changed.")
    places = Counter(_place(row) for row in rows)
    return Seen(places=places, kept=kept, spelled=tuple(dict.fromkeys(own)))


def complaint(before: Seen, after: Seen, *, matching: Matching, released: Released | None) -> str | None:
    """
    Say what an unbind did to the record beside taking the number off; `None` where it did as it should.

    It may leave what frees a number there, and must not touch the record's other numbers.
    """
    if before.places - after.places != before.kept:
        return "it touches what else the record has"
    left = [value for _, value in (after.places - before.places).elements()]
    if released is None:
        return "it leaves another number" if any(map(matching.read, filter(None, left))) else None
    allowed = {Released.NULL: (None,), Released.EMPTY: ("",), Released.GONE: ()}[released]
    return None if all(value in allowed for value in left) else f"it leaves something that is not {released}"


def others_like(seen: Seen, *, matching: Matching) -> Iterator[object]:
    """Give for each spelling a number that the record has not, written alike and in the same type."""
    has = {matching.read(value) for _, value in seen.places if value}
    for stored in seen.spelled:
        text = str(stored)
        at = max(map(text.rfind, digits))
        alike = (text[:at] + digit + text[at + 1 :] for digit in digits)
        other = next(one for one in alike if matching.read(one) not in has)
        yield int(other) if isinstance(stored, int) else other


def _place(row: sa.RowMapping) -> Place:
    stored = row["number"]
    return str(row.get("place", "")), None if stored is None else str(stored)
