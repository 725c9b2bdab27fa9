"""A carrier's change file: what happened to its lines, as rows that `jiebang carrier load` reads."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

_RESTED = timedelta(days=120)
"""How long a recycled line had rested: longer than the 90 days that China asks for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One change of one line."""

    number: str
    change: str
    at: str
    holder: str


def recycled(number: str, *, first_on: datetime, again_at: datetime) -> list[Row]:
    """Assigned long ago, disconnected, rested, and assigned to somebody else at an exact instant."""
    earlier, present = f"subscriber-{number[-4:]}-1", f"subscriber-{number[-4:]}-2"
    ended_on = again_at - _RESTED
    return [
        Row(number, "assigned", first_on.date().isoformat(), earlier),
        Row(number, "disconnected", ended_on.date().isoformat(), earlier),
        Row(number, "assigned", again_at.isoformat(), present),
    ]


def fresh(number: str, *, since: datetime) -> list[Row]:
    """Assigned once, to the holder who has it still."""
    return [Row(number, "assigned", since.date().isoformat(), f"subscriber-{number[-4:]}-1")]


def write(rows: Iterable[Row], path: Path) -> None:
    """Write a change file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows(astuple(row) for row in rows)
