"""`jiebang key`: the keys that parties sign with."""

import json
from pathlib import Path
from typing import Annotated

import typer

from jiebang.cli.terminal import refuse
from jiebang.wire import keys

app = typer.Typer(no_args_is_help=True, help="Make the keys that carriers and platforms sign with.")


@app.callback()
def about() -> None:
    """Make the keys that carriers and platforms sign with."""


@app.command()
def make(file: Annotated[Path, typer.Argument(help="A new file for the private key.")]) -> None:
    """
    Make a key pair: the private key goes to FILE, the public one to the terminal.

    Give the public half to the hub's operator, who adds you with it:
    [bold]jiebang key make agent-key.json > public.json[/bold]
    """
    made = keys.make()
    try:
        keys.write(made, file)
    except FileExistsError:
        refuse(f"{file} is there already; a key is never written over.")
    except OSError as failed:
        refuse(f"{file} cannot be written: {failed.strerror}.")
    typer.echo(json.dumps(made.public_set(), indent=2))
