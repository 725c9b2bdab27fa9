"""`jiebang database`: the shape of a hub's tables."""

import typer

from jiebang.cli.opened import house
from jiebang.cli.terminal import out
from jiebang.store import migrate

app = typer.Typer(no_args_is_help=True, help="Look after the database of a hub.")


@app.callback()
def about() -> None:
    """Look after the database of a hub."""


@app.command()
def upgrade() -> None:
    """Bring the database to the shape that this version needs; running it again changes nothing."""
    changed = migrate.upgrade(house(current=False).database)
    out.print("The database was brought up to date." if changed else "The database is up to date.")
