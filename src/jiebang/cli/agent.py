"""`jiebang agent`: a platform's side, run beside its own account store."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from jiebang.agent import loop
from jiebang.agent.canary import Proven, Verdict
from jiebang.agent.config import load
from jiebang.agent.errors import Trouble
from jiebang.agent.objections import Objection
from jiebang.cli.agent_index import fill
from jiebang.cli.terminal import err, out, speak_json
from jiebang.domain.policy import WORDS_MOST

_ABOUT = """\
Run beside a platform's own account store: take letters from the hub, act on the store, answer.

Nothing has to be opened in a firewall: the agent asks the hub, and reaches
the store as its configuration says. Write one from an example (an SQL store,
a SCIM server) in [bold]src/jiebang/sandbox/configs/[/bold]; make a key with
[bold]jiebang key make[/bold], and give its public half to the hub's operator.
Put a record with a number of your own into the store, the [bold]canary[/bold].

[bold]jiebang agent check shop.toml[/bold] proves on the canary that all works.
[bold]jiebang agent run shop.toml[/bold] proves it again, and starts.
"""
_LOOKS = {
    Verdict.PROVEN: "[green]proven[/green]",
    Verdict.FAILED: "[red]failed[/red]",
    Verdict.OPEN: "[yellow]open[/yellow]",
}

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The agent's configuration, a TOML file.")]

app = typer.Typer(help=_ABOUT, no_args_is_help=True, rich_markup_mode="rich")
app.command("scan")(fill)


@app.command()
def run(path: ConfigPath) -> None:
    """
    Take letters from the hub and act on them, until SIGTERM or Ctrl-C.

    First the store is proven on the canary, as [bold]jiebang agent check[/bold] does; the agent does not
    start when it is not as it must be. A hub that is down is waited for. Stop it, kill it, start it
    again whenever you like: what it owes stands in its ledger, and takes effect once.
    """
    speak_json()
    try:
        asyncio.run(loop.run(load(path)))
    except Trouble as trouble:
        _refuse(trouble)


@app.command()
def check(path: ConfigPath) -> None:
    """
    Prove on the canary that finding, comparing, verifying and changing work, and that the hub is reached.

    Nothing is answered and nothing stays changed: what SQL statements do to the canary is rolled back.
    The exit code is 0 when nothing failed, else 1.
    """
    try:
        proofs = asyncio.run(loop.check(load(path)))
    except Trouble as trouble:
        _refuse(trouble)
    out.print(_table(proofs))
    if any(proven.verdict is Verdict.FAILED for proven in proofs):
        raise typer.Exit(1)


@app.command("object")
def object_to(
    path: ConfigPath,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id, as the owner was told it.")],
    *,
    words: Annotated[
        str | None, typer.Option(help="What the owner says, for the number's holder to read; no secrets.")
    ] = None,
) -> None:
    """
    Say that an account's owner objects to an order: it is denied, and the account is not touched.

    An agent that runs beside it tells the hub within a second. The exit code is 1 when nothing came of it,
    as when the order has been acted on already.
    """
    if words is not None and len(words) > WORDS_MOST:
        raise typer.BadParameter(f"The hub takes {WORDS_MOST} characters at the most.", param_hint="--words")
    try:
        came_of_it = loop.object_to(load(path), order, said=words)
    except Trouble as trouble:
        _refuse(trouble)
    (out if came_of_it is Objection.TAKEN else err).print(str(came_of_it))
    if came_of_it is not Objection.TAKEN:
        raise typer.Exit(1)


def _refuse(trouble: Trouble) -> NoReturn:
    err.print(f"[red]{escape(str(trouble))}[/red]", highlight=False)
    raise typer.Exit(1)


def _table(proofs: Sequence[Proven]) -> Table:
    table = Table(box=SIMPLE, show_header=False, title="What the agent proves before it answers anything")
    for proven in proofs:
        why = f"\n[bold]{escape(proven.words)}[/bold]" if proven.words else ""
        table.add_row(_LOOKS[proven.verdict], escape(proven.claim) + why)
    return table
