"""`jiebang carrier`: what carriers report, as files."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress

from jiebang.app import now
from jiebang.cli.clearance import clearance
from jiebang.cli.terminal import err, house, out, refuse
from jiebang.domain.errors import UnknownParty
from jiebang.domain.party import Role
from jiebang.domain.verdict import Fate
from jiebang.flows.load_changes import load_changes
from jiebang.house import House
from jiebang.store import parties
from jiebang.wire.change_files import NotAChangeFile, Row, read_changes

app = typer.Typer(no_args_is_help=True, help="Take in what carriers report about numbers.")

_BATCH = 1000


app.command()(clearance)


@app.callback()
def about() -> None:
    """Take in what carriers report about numbers."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="UTF-8 CSV: number,change,at,holder")],
    *,
    carrier: Annotated[str, typer.Option(help="The carrier's party id, as `jiebang party list` shows it.")],
) -> None:
    """
    Load a carrier's change file. Loading it again changes nothing.

    Columns: number (E.164), change (assigned, ported, suspended, resumed, disconnected), at (a day, or an
    instant with its offset), holder (opaque; may be empty). Each row that is not taken is named with its
    line and the reason; the others are loaded. Exit code 1 when any was not taken.
    """
    opened = house()
    zone = _zone(opened, carrier)
    told: Counter[Fate] = Counter()
    try:
        with (
            Progress(console=err, transient=True) as progress,
            progress.open(file, "r", encoding="utf-8") as lines,
        ):
            rows = read_changes(lines, zone=zone)
            while batch := list(islice(rows, _BATCH)):
                told.update(_load(opened, carrier, batch=batch))
    except OSError as failed:
        refuse(f"{file} cannot be read: {failed.strerror}.")
    except UnicodeDecodeError:
        refuse(f"{file} is not UTF-8. Rows before the place are loaded; mend it and load it again.")
    except NotAChangeFile as refused:
        refuse(f"{file}: {refused.__doc__}")
    out.print(
        f"{told[Fate.RECORDED]} loaded, {told[Fate.ALREADY]} known already, {told[Fate.REFUSED]} not taken."
    )
    if told[Fate.REFUSED]:
        raise typer.Exit(1)


def _zone(opened: House, carrier: str) -> ZoneInfo:
    with opened.database.read() as connection:
        try:
            party = parties.get(connection, carrier)
        except UnknownParty as refusal:
            refuse(f"{carrier}: {refusal} See: jiebang party list")
    if party.role is not Role.CARRIER:
        refuse(f"{carrier} is a {party.role}, not a carrier.")
    return ZoneInfo(party.timezone)


def _load(opened: House, carrier: str, *, batch: list[Row]) -> Iterator[Fate]:
    """Load one batch, name each row that is not taken, and say how each fared."""
    read = [(row.line, row.change) for row in batch if row.change is not None]
    verdicts = load_changes(
        opened.database, carrier, changes=[change for _, change in read], now=now(), policy=opened.policy
    )
    reasons = {row.line: row.reason for row in batch if row.change is None}
    for (line, _), verdict in zip(read, verdicts, strict=True):
        if verdict.refusal is not None:
            reasons[line] = str(verdict.refusal)
        else:
            yield verdict.fate
    for line in sorted(reasons):
        err.print(f"line {line}: {reasons[line]}", highlight=False)
        yield Fate.REFUSED
