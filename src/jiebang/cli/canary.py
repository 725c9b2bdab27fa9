"""`jiebang canary`: numbers that nobody holds, about which platforms are asked now and then."""

from pathlib import Path
from typing import Annotated

import typer

from jiebang.cli.opened import house
from jiebang.cli.terminal import refuse
from jiebang.domain.errors import NotANumber
from jiebang.domain.number import Number, parse
from jiebang.flows.add_canaries import add_canaries
from jiebang.flows.drop_canaries import drop_canaries

NumbersFile = Annotated[Path, typer.Argument(metavar="FILE", help="One number a line, in E.164.")]

app = typer.Typer(no_args_is_help=True, help="Name numbers that nobody holds.")


@app.callback()
def about() -> None:
    """Name numbers that nobody holds."""


@app.command()
def add(file: NumbersFile) -> None:
    """
    Add numbers that nobody holds, and that nobody will be given.

    A platform that has records on one is listed by [bold]jiebang platform flags[/bold].
    """
    typer.echo(f"{add_canaries(house().database, _numbers(file))} numbers added.")


@app.command()
def drop(file: NumbersFile) -> None:
    """
    Drop numbers that somebody will be given after all, before that is so.

    What platforms answer to questions that were asked before counts as it did.
    """
    typer.echo(f"{drop_canaries(house().database, _numbers(file))} numbers dropped.")


def _numbers(file: Path) -> list[Number]:
    try:
        lines = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        refuse(f"{file} cannot be read.")
    return [_number(line, at=at) for at, line in enumerate(lines, start=1)]


def _number(line: str, *, at: int) -> Number:
    try:
        return parse(line)
    except NotANumber as refusal:
        refuse(f"Number {at}: {refusal}")
