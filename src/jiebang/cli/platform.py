"""`jiebang platform`: what a hub suspects of platforms by how they answer."""

import typer
from rich.table import Table

from jiebang.cli.opened import house
from jiebang.cli.terminal import out
from jiebang.store import habits, parties

app = typer.Typer(no_args_is_help=True, help="See which platforms answer as nobody honest would.")

_SAYS = {
    "everyone": "has records on nearly every number that it is asked about",
    "nobody": "has records on no number any more",
    "canary": "has records on a number that nobody holds",
}


@app.callback()
def about() -> None:
    """See which platforms answer as nobody honest would."""


@app.command()
def flags() -> None:
    """List what is suspected of platforms, and since when; a running hub looks every minute."""
    table = Table("platform", "name", "suspicion", "since")
    with house().database.read() as connection:
        names = {party.id: party.name for party in parties.platforms(connection)}
        for one in habits.suspected(connection):
            said = _SAYS[one.suspicion]
            table.add_row(one.platform_id, names[one.platform_id], said, f"{one.since:%Y-%m-%d %H:%M} UTC")
    out.print(table)
