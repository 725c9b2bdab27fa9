"""`jiebang agent scan`: the index of a store that cannot search by number, filled to its end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from jiebang.cli.terminal import err, out


def fill(
    path: Annotated[Path, typer.Argument(metavar="CONFIG", help="The agent's configuration, with [index].")],
    *,
    anew: Annotated[bool, typer.Option("--anew", help="List all accounts again, from the first.")] = False,
) -> None:
    """
    Fill the index of a store that cannot search by number; run again, it goes on with what has changed.

    The store's accounts are listed once. Of each number a hash is kept beside the agent, made with a key
    that never leaves; no number stands in the index. What the index names is read again at the store
    before anything is said of it. Until a first scan has come to its end, holders read "none seen so
    far", and never "nothing".

    Stop it, kill it, start it again whenever you like: it goes on where it was. A running agent keeps the
    index fresh by itself; this command is for the first time, and for [bold]--anew[/bold], after the
    store was restored from a backup. The index can be looked up the whole time.
    """
    from rich.markup import escape

    from jiebang.agent import loop
    from jiebang.agent.config import load
    from jiebang.agent.errors import Trouble

    try:
        with _counting() as told:
            progress = asyncio.run(loop.fill_index(load(path), anew=anew, told=told))
    except Trouble as trouble:
        err.print(f"[red]{escape(str(trouble))}[/red]", highlight=False)
        raise typer.Exit(1) from None
    if progress is None:
        err.print("[red]Another process is filling this index: an agent that runs, or a scan.[/red]")
        raise typer.Exit(1)
    out.print(f"{progress.seen:,} accounts were listed; the index is whole and fresh.", highlight=False)
    if progress.unreadable:
        err.print(
            f"{progress.unreadable:,} numbers cannot be read as one, and are not in it: see region and"
            " connector.spellings.", highlight=False, soft_wrap=True,
        )  # fmt: skip


@contextmanager
def _counting() -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many accounts were listed, and how fast; no store says how many there are."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("Listing"), BarColumn(), TextColumn("{task.completed:,.0f} accounts"),
        TextColumn("{task.speed:,.0f} a second"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        going = progress.add_task("", total=None)
        yield lambda seen: progress.update(going, completed=seen)
