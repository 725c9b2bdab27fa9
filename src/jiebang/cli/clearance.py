"""`jiebang carrier clearance`: before numbers are sold again, which platforms have cleared them."""

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from jiebang.cli.opened import house
from jiebang.cli.party import joined_carrier
from jiebang.cli.terminal import err, refuse
from jiebang.domain.clearance import Cleanness
from jiebang.domain.errors import NotANumber
from jiebang.domain.number import Number, parse
from jiebang.flows.report_clearances import Cleared, report_clearances
from jiebang.house import House
from jiebang.opening import now

COLUMNS = (
    "number", "disconnected_on", *(one.value for one in Cleanness), "records_cleared", "records_flagged",
    "records_kept", "silent_platforms",
)  # fmt: skip
_BATCH = 1000


def clearance(
    file: Annotated[Path, typer.Argument(help="A number (E.164) on each line.")],
    *,
    carrier: Annotated[str, typer.Option(help="The carrier's party id, as `jiebang party list` shows it.")],
) -> None:
    """
    Report which platforms have cleared numbers that this carrier disconnected, as CSV.

    For each number: how many platforms are [bold]clear[/bold] (nothing of an earlier holder is left),
    have something [bold]left[/bold], are still [bold]waiting[/bold] or are [bold]silent[/bold], and which
    those are. Lines that are not the carrier's to ask about are named on standard error; then the exit
    code is 1.
    """
    opened = house()
    joined_carrier(opened, carrier)
    written = csv.writer(sys.stdout)
    written.writerow(COLUMNS)
    wrong = 0
    try:
        with (
            Progress(console=err, transient=True) as progress,
            progress.open(file, "r", encoding="utf-8") as lines,
        ):
            numbered = enumerate((line.strip() for line in lines), start=1)
            while batch := list(islice(numbered, _BATCH)):
                rows = list(_rows(opened, carrier, batch=[(at, text) for at, text in batch if text]))
                written.writerows(row for row in rows if row is not None)
                wrong += rows.count(None)
    except OSError as failed:
        refuse(f"{file} cannot be read: {failed.strerror}.")
    except UnicodeDecodeError:
        refuse(f"{file} is not UTF-8.")
    if wrong:
        raise typer.Exit(1)


def _rows(opened: House, carrier: str, *, batch: list[tuple[int, str]]) -> Iterator[list[object] | None]:
    """Report one batch, row by row; `None` for a line that cannot be reported, and is named."""
    read = [(line, _number(text)) for line, text in batch]
    numbers = [number for _, number in read if number is not None]
    found = iter(
        report_clearances(opened.database, carrier, numbers=numbers, now=now(), policy=opened.policy)
    )
    for line, number in read:
        one = next(found) if number is not None else None
        if one is None:
            why = "this is not a number" if number is None else "this carrier reported no end of this number"
            err.print(f"line {line}: {why}", highlight=False)
        yield None if one is None else list(_row(one))


def _row(one: Cleared) -> Iterator[object]:
    report = one.report
    yield from (one.number.e164, one.told.happened_on)
    yield from (report.count(cleanness) for cleanness in Cleanness)
    yield from (report.cleared, report.flagged, report.kept)
    silent = (name for name, standing in report.standings.items() if standing is Cleanness.SILENT)
    yield " ".join(silent)


def _number(text: str) -> Number | None:
    try:
        return parse(text)
    except NotANumber:
        return None
