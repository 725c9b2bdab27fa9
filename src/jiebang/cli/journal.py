"""`jiebang journal`: what the hub did, sealed; and whether it is still what was sealed."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from jiebang.cli.opened import house
from jiebang.cli.terminal import bar, out, refuse
from jiebang.domain.journal import Broken, Checkpoint, read, verify
from jiebang.flows.seal_journal import seal_journal
from jiebang.house import House
from jiebang.opening import now
from jiebang.store import journal
from jiebang.wire.notes import NotSealed, Verifier, open_checkpoint, verifier

_ROUNDS = 2
"""Of sealing: what has waited for more than so many was left out."""

app = typer.Typer(no_args_is_help=True, help="Seal and verify the journal of what a hub did.")


@app.callback()
def about() -> None:
    """Seal and verify the journal of what a hub did."""


@app.command()
def seal() -> None:
    """Seal what waits now; a running hub does so by itself, every minute."""
    opened, sealed = house(), 0
    while more := seal_journal(opened.database, now=now(), sign=opened.sealer.seal):
        sealed += more
    out.print(f"{sealed} entries sealed.")


@app.command()
def key() -> None:
    """Print the public key that checkpoints are signed with, for those who verify."""
    typer.echo(str(house().sealer.verifier()))


@app.command()
def checkpoint() -> None:
    """
    Print the newest checkpoint, a signed note (C2SP).

    Whoever keeps it can show later that nothing before it was changed:
    [bold]jiebang journal verify --checkpoint FILE[/bold]
    """
    with house().database.read() as connection:
        newest = journal.latest_checkpoint(connection)
    if newest is None:
        refuse("Nothing is sealed yet. Run: jiebang journal seal")
    typer.echo(newest, nl=False)


@app.command(name="verify")
def verify_(
    *,
    vkey: Annotated[
        str, typer.Option("--key", help="The public key, where it is not this hub's own: `journal key`.")
    ] = "",
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint that was kept elsewhere; may be given again.")
    ] = None,
) -> None:
    """
    Go through the whole journal: every entry, every link, every signed checkpoint.

    Names the first entry, or checkpoint, that was changed, is missing or is not where it was, and ends with
    exit code 1. Whether the newest entries were cut off together with their checkpoints, only a checkpoint
    that was kept elsewhere shows: the end says how far it is known.
    """
    opened = house()
    found = _verifier(vkey) if vkey else opened.sealer.verifier()
    kept = [_read(path, found) for path in checkpoint or []]
    sealed = _signed(opened, found)
    size = _verified(opened, [*sealed, *kept])
    out.print(f"{size} entries and {len(sealed) + len(kept)} checkpoints are as they were sealed.")
    _say_how_far(size, max((one.size for one in kept), default=0))
    _say_what_waits(opened)


def _signed(opened: House, key: Verifier) -> list[Checkpoint]:
    """Read the checkpoints in the database; ends the command at the first that is not what was signed."""
    with opened.database.read() as connection:
        notes = journal.all_checkpoints(connection)
    sealed = []
    for size, note in notes.items():
        try:
            one = open_checkpoint(note, key)
        except NotSealed:
            _end(f"the checkpoint of {size} entries: not signed with this key")
        if one.size != size:
            _end(f"the checkpoint of {size} entries: what was signed is that of {one.size}")
        sealed.append(one)
    return sealed


def _verified(opened: House, checkpoints: list[Checkpoint]) -> int:
    checkpoints.sort(key=lambda one: one.size)
    size = checkpoints[-1].size if checkpoints else 0
    try:
        with opened.database.read() as connection, bar("journal", max(size, 1)) as come:
            for done in verify(journal.sealed(connection), checkpoints):
                come(done)
    except Broken as broken:
        _end(str(broken))
    return size


def _end(how: str) -> NoReturn:
    out.print(f"[red]Not as it was sealed: {escape(how)}.[/red]", highlight=False)
    raise typer.Exit(1)


def _say_how_far(size: int, kept: int) -> None:
    """Say up to where it is known that nothing was taken away, and what would show more."""
    elsewhere = f"; up to {kept} by one that was kept elsewhere" if kept else ""
    typer.echo(f"Verified up to the checkpoint of {size} entries{elsewhere}.")
    if kept < size or not size:
        typer.echo(
            "From the database alone nobody can tell whether what came last was cut off, or written and "
            "sealed anew. A checkpoint that was kept elsewhere shows it: --checkpoint FILE."
        )


def _say_what_waits(opened: House) -> None:
    """Warn of entries that should have been sealed by now."""
    with opened.database.read() as connection:
        first = next(iter(journal.waiting(connection, most=1)), None)
        count, before = journal.count_waiting(connection)
    if first is None:
        return
    try:
        since = read(first.text).at
    except (AttributeError, KeyError, TypeError, ValueError):
        _end("an entry that waits to be sealed cannot be read")
    if now() - since > _ROUNDS * opened.policy.seal_every:
        out.print(
            f"[yellow]{count} entries wait to be sealed, {before} of them from before others that are sealed;"
            f" the first since {since:%Y-%m-%d %H:%M} UTC. If a worker runs, somebody has taken their seals"
            " away.[/yellow]",
            highlight=False,
        )


def _verifier(vkey: str) -> Verifier:
    try:
        return verifier(vkey)
    except ValueError:
        refuse("--key is not a key as `jiebang journal key` prints it.")


def _read(path: Path, key: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(path.read_text(encoding="utf-8"), key)
    except NotSealed:
        refuse(f"{path} is not a checkpoint that was signed with this key.")
    except OSError as failed:
        refuse(f"{path} cannot be read: {failed.strerror}.")
    except UnicodeDecodeError:
        refuse(f"{path} is not a checkpoint.")
