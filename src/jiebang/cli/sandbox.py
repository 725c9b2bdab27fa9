"""`jiebang sandbox`: things to try a hub with."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jiebang.cli.terminal import bar, out, refuse

app = typer.Typer(no_args_is_help=True, help="Make things to try a hub with.")


class Kind(StrEnum):
    """A format of records."""

    CSV = "csv"
    PARQUET = "parquet"


@app.callback()
def about() -> None:
    """Make things to try a hub with."""


@app.command()
def numbers(
    *,
    count: Annotated[int, typer.Option(min=1, help="How many numbers are in use.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same numbers.")] = 1,
    records: Annotated[int, typer.Option(min=0, help="How many records a platform has; else as many.")] = 0,
    kind: Annotated[Kind, typer.Option(help="The records' format.")] = Kind.CSV,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder.")] = Path("var/numbers"),
) -> None:
    """
    Make numbers of nobody: a carrier's change file, and a platform's records to screen.

    Real numbering plans of eight countries, about three numbers in ten recycled. `changes.csv` is for
    [bold]jiebang carrier load[/bold], `users.csv` or `users.parquet` for [bold]jiebang screen[/bold].
    """
    from datetime import date
    from tempfile import TemporaryDirectory

    from jiebang.recycled.mapped import MappedList, mapped
    from jiebang.recycled.pack import pack
    from jiebang.sandbox.numbers import Accounts, Population, write_accounts, write_changes

    output.mkdir(parents=True, exist_ok=True)
    population = Population(count, seed)
    with bar("Making numbers", 2 * count + (records or count)) as told, TemporaryDirectory() as folder:
        rows = write_changes(population, output / "changes.csv", told=told)
        path = Path(folder) / "numbers.list"
        pack(path, population.blocks(), covered_until=date(2026, 10, 31))
        published = MappedList(mapped(path))
        accounts = Accounts(published=published, count=records or count, seed=seed, odd=0.005)
        write_accounts(accounts, output / f"users.{kind}", told=lambda made: told(2 * count + made))
    out.print(f"{output}: {rows} changes of {count} numbers, {accounts.count} records", highlight=False)


@app.command()
def faraway(
    lines: Annotated[Path, typer.Argument(help="The lines, as JSON; see above.")],
    keys: Annotated[Path, typer.Argument(help="Who may ask: public keys, such as the hub's /jwks.json.")],
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where on this machine.")] = 8099,
) -> None:
    """
    Run a carrier that reports nothing, and is asked by CAMARA about its lines instead.

    LINES has for each number its day of contract, and an instant if its SIM was changed:
    {"+8613800138000": {"since": "2024-05-01", "sim_changed": "2026-03-01T08:00:00Z"}}. A hub that has
    the carrier in its JIEBANG_CARRIERS_FILE asks it.
    """
    from jiebang.sandbox.faraway import answer, opened

    try:
        carrier = opened(lines, keys, port=port)
    except (OSError, ValueError):
        refuse("LINES or KEYS cannot be read, or is not as --help says.")
    out.print(f"A carrier without a feed: http://127.0.0.1:{port}; end it with Ctrl+C.", highlight=False)
    answer(carrier, port=port)
