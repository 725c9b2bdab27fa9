"""`jiebang journal`: what the hub did, sealed; and whether it is still what was sealed."""

from pathlib import Path
from typing import Annotated

import typer

from jiebang.app import now
from jiebang.cli.terminal import bar, house, out, refuse
from jiebang.domain.journal import Broken, Checkpoint, verify
from jiebang.flows.seal_journal import seal_journal
from jiebang.house import House
from jiebang.store import journal
from jiebang.wire.notes import NotSealed, Verifier, open_checkpoint, verifier

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

    Names the first entry that was changed, is missing or is not where it was, and ends with exit code 1.
    """
    opened = house()
    found = _verifier(vkey) if vkey else opened.sealer.verifier()
    try:
        kept = [_read(path, found) for path in checkpoint or []]
        with opened.database.read() as connection:
            notes = journal.all_checkpoints(connection)
        sealed = {one.size: one for one in (open_checkpoint(note, found) for note in notes)}
    except NotSealed:
        refuse("A checkpoint is not signed with this key.")
    size = _verified(opened, [*sealed.values(), *kept])
    out.print(f"{size} entries and {len(sealed) + len(kept)} checkpoints are as they were sealed.")


def _verified(opened: House, checkpoints: list[Checkpoint]) -> int:
    checkpoints.sort(key=lambda one: one.size)
    size = checkpoints[-1].size if checkpoints else 0
    try:
        with opened.database.read() as connection, bar("journal", max(size, 1)) as come:
            for done in verify(journal.sealed(connection), checkpoints):
                come(done)
    except Broken as broken:
        out.print(f"[red]Not as it was sealed: {broken}.[/red]", highlight=False)
        raise typer.Exit(1) from None
    return size


def _verifier(vkey: str) -> Verifier:
    try:
        return verifier(vkey)
    except ValueError:
        refuse("--key is not a key as `jiebang journal key` prints it.")


def _read(path: Path, key: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(path.read_text(encoding="utf-8"), key)
    except OSError as failed:
        refuse(f"{path} cannot be read: {failed.strerror}.")
    except UnicodeDecodeError:
        refuse(f"{path} is not a checkpoint.")
