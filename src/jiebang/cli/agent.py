"""`jiebang agent`: a platform's side, run beside its own account store."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from jiebang.agent import loop
from jiebang.agent.canary import Verdict
from jiebang.agent.config import load
from jiebang.agent.errors import Trouble
from jiebang.agent.objections import Objection
from jiebang.agent.saying import careful
from jiebang.agent.settling import Settled
from jiebang.cli import joining
from jiebang.cli.agent_index import fill
from jiebang.cli.agent_shown import none_shown, proofs_table, status_table, trial_table
from jiebang.cli.terminal import err, out, speak_json
from jiebang.domain.errors import NotANumber
from jiebang.domain.number import parse
from jiebang.domain.order import Denial
from jiebang.domain.policy import WORDS_MOST

_ABOUT = """\
Run beside a platform's own account store: take letters from the hub, act on the store, answer.

Nothing has to be opened in a firewall: the agent asks the hub, and reaches
the store as its configuration says. Put a record with a number of your own
into the store, the [bold]canary[/bold].

[bold]jiebang agent init shop.toml[/bold] asks what has to be known, and writes a
configuration and a key; give the key's public half to the hub's operator.
[bold]jiebang agent check shop.toml[/bold] proves on the canary that all works.
[bold]jiebang agent try shop.toml -[/bold] shows what would be answered and done.
[bold]jiebang agent run shop.toml[/bold] proves it again, and starts.
[bold]jiebang agent status shop.toml[/bold] tells how it stands.
"""
ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The agent's configuration, a TOML file.")]

app = typer.Typer(help=_ABOUT, no_args_is_help=True, rich_markup_mode="rich")


def run(path: ConfigPath) -> None:
    """
    Take letters from the hub and act on them, until SIGTERM or Ctrl-C.

    First the store is proven on the canary, as [bold]jiebang agent check[/bold] does; the agent does not
    start when it is not as it must be. A hub that is down is waited for. Stop it, kill it, start it
    again whenever you like: what it owes stands in its ledger, and takes effect once.
    """
    speak_json(careful)
    try:
        asyncio.run(loop.run(load(path)))
    except Trouble as trouble:
        _refuse(trouble)


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
    out.print(proofs_table(proofs))
    tally = Counter(proven.verdict for proven in proofs)
    counts = [f"{count} {verdict}" for verdict, count in tally.items()]
    out.print(", ".join(counts), highlight=False)
    if any(proven.verdict is Verdict.FAILED for proven in proofs):
        raise typer.Exit(1)


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
    _check(words)
    try:
        came_of_it = loop.object_to(load(path), order, said=words)
    except Trouble as trouble:
        _refuse(trouble)
    (out if came_of_it is Objection.TAKEN else err).print(str(came_of_it))
    if came_of_it is not Objection.TAKEN:
        raise typer.Exit(1)


def settle(
    path: ConfigPath,
    order: Annotated[
        str, typer.Argument(metavar="ORDER", help="The order's id, as the hub's operator says it.")
    ],
    *,
    denied: Annotated[Denial | None, typer.Option(help="Decline the order, for this reason.")] = None,
    words: Annotated[
        str | None, typer.Option(help="With --denied: what more there is to say, for the holder to read.")
    ] = None,
) -> None:
    """
    Say once more that an order is done, after the hub has found twice that it was not; or decline it.

    First see to it that the record does not use the number any more: the hub looks again. An agent that
    runs beside it tells the hub within a second. The exit code is 1 when nothing came of it.
    """
    _check(words)
    if words is not None and denied is None:
        raise typer.BadParameter("Words go with --denied.", param_hint="--words")
    try:
        came_of_it = loop.settle_again(load(path), order, reason=denied, said=words)
    except Trouble as trouble:
        _refuse(trouble)
    (out if came_of_it is Settled.TAKEN else err).print(str(came_of_it))
    if came_of_it is not Settled.TAKEN:
        raise typer.Exit(1)


def attempt(
    path: ConfigPath,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="A number; - reads it from standard input.")
    ],
) -> None:
    """
    Show what the hub would be answered about a number, and what would be done; change nothing.

    Each record is shown as the hub would see it. What can be ordered for it is rehearsed on it and rolled
    back in an SQL database; no other store can take a change back without a trace, so there nothing is
    tried. Neither the hub nor the ledger hears of it. With [bold]-[/bold] the number does not stay in your
    shell's history.
    """
    try:
        config = load(path)
        wanted = parse(sys.stdin.readline().strip() if number == "-" else number, region=config.region)
        tried = asyncio.run(loop.attempt(config, wanted))
    except NotANumber:
        raise typer.BadParameter("This is not a number that can exist.", param_hint="NUMBER") from None
    except Trouble as trouble:
        _refuse(trouble)
    if tried.strangers:
        err.print(f"[red]The store's filter also gave {tried.strangers} records of other numbers.[/red]")
    if not tried.rehearsals:
        out.print(none_shown(tried, indexed=config.index is not None), highlight=False)
        return
    out.print(trial_table(tried))


def status(path: ConfigPath) -> None:
    """
    Show how the agent stands: what waits and for how long, what was done, how much of the budget is left.

    It is read from the ledger alone, so it works whether the agent runs or not.
    """
    try:
        out.print(status_table(loop.status(load(path))))
    except Trouble as trouble:
        _refuse(trouble)


def release(path: ConfigPath) -> None:
    """
    Let go of the orders and signals that are held because they were beyond the budget.

    First look why there were so many: [bold]jiebang agent status shop.toml[/bold], and ask the hub's
    operator. An agent that runs acts on them within a second; they count against no budget any more.
    """
    try:
        orders, signals = loop.release(load(path))
    except Trouble as trouble:
        _refuse(trouble)
    out.print(f"Released: {orders} orders and {signals} signals.", highlight=False)


def _check(words: str | None) -> None:
    if words is not None and len(words) > WORDS_MOST:
        raise typer.BadParameter(f"The hub takes {WORDS_MOST} characters at the most.", param_hint="--words")


def _refuse(trouble: Trouble) -> NoReturn:
    err.print(f"[red]{escape(str(trouble))}[/red]", highlight=False)
    raise typer.Exit(1)


# In the order in which a platform needs them.
for _name, _command in (
    ("init", joining.init), ("check", check), ("scan", fill), ("try", attempt), ("run", run),
    ("status", status), ("release", release), ("object", object_to),
    ("settle", settle),
):  # fmt: skip
    app.command(_name)(_command)
