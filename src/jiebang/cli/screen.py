"""`jiebang screen`: which of a platform's records are on numbers that changed hands, on its own machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiebang.cli.list import checked, list_in, refusing, unsealing
from jiebang.cli.terminal import bar, err, out, refuse

if TYPE_CHECKING:
    from jiebang.recycled.verdicts import Verdict

app = typer.Typer()

_SAID = {
    "changed": "changed hands after it was bound",
    "same_day": "bound on the very day on which it changed hands",
    "not_changed": "has not changed hands since",
    "not_covered": "the list says nothing about the number",
    "not_a_number": "there can be no such number",
    "not_a_day": "changed hands, and no day on which it was bound",
    "not_a_row": "too many values or too few",
}


@app.command()
def screen(
    records: Annotated[Path, typer.Argument(metavar="USERS", help="CSV (plain, .gz, .zst) or Parquet.")],
    *,
    published: Annotated[Path, typer.Option("--list", help="The list, or the folder it was pulled to.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the rows go, in USERS' format.")],
    number_column: Annotated[str, typer.Option(help="Which column has the number.")] = "",
    bound_column: Annotated[str, typer.Option(help="Which column says when it was bound.")] = "",
    region: Annotated[
        str, typer.Option(help="How to read what has no plus sign, such as CN; 001: as if it had one.")
    ] = "",
) -> None:
    """
    Find the records whose number changed hands after it was bound. Nothing leaves this machine.

    The rows go to OUTPUT as they are, with all their columns, and a summary says what became of all. A
    record that was bound on the very day of the change is counted, and not handed out: nobody can tell
    whose it is. The list is checked against its signature first, with the keys.json beside it.
    """
    from jiebang.recycled.mapped import MappedList, mapped
    from jiebang.recycled.records import Columns
    from jiebang.recycled.screen import Screening
    from jiebang.recycled.screen import screen as find

    path, columns = list_in(published), Columns(number_column or None, bound_column or None)
    with refusing():
        if output.exists() and output.samefile(records):
            refuse("USERS and OUTPUT are the same file.")
        manifest = checked(path, unsealing(path, None))
        screening = Screening(
            published=MappedList(mapped(path)), zone=manifest.zone, columns=columns, region=region or None
        )
        with bar(records.name) as told:
            counted = find(records, output, screening=screening, told=told)
    _tell(counted, region=region)
    out.print(f"The list covers what happened until {manifest.covered_until}.", highlight=False)


def _tell(counted: "dict[Verdict, int]", *, region: str) -> None:
    from rich.table import Table

    from jiebang.recycled.verdicts import Verdict

    table = Table("records", "", box=None, pad_edge=False)
    table.columns[0].justify = "right"
    for verdict, count in counted.items():
        table.add_row(f"{count:,}", _SAID[verdict.name.lower()])
    table.add_row(f"{sum(counted.values()):,}", "in all")
    out.print(table)
    if not region and counted[Verdict.NOT_A_NUMBER]:
        err.print("Numbers without a plus sign are read with --region only.", highlight=False)
