"""`jiebang evidence`: whether a complaint file is what it says, on any machine and without a hub."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from jiebang.cli.terminal import out, refuse
from jiebang.domain.evidence import Evidence
from jiebang.domain.examination import Wrong
from jiebang.wire.attachments import PDF
from jiebang.wire.evidence import verify_evidence
from jiebang.wire.notes import Verifier, verifier
from jiebang.wire.pages import verify_pages

app = typer.Typer(no_args_is_help=True, help="Check what a holder shows of their orders.")


@app.callback()
def about() -> None:
    """Check what a holder shows of their orders."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The file, as the hub's portal gives it to the holder.")],
    *,
    key: Annotated[
        str, typer.Option(help="The public key of the hub's journal, as /journal/key has it.")
    ] = "",
) -> None:
    """
    Check every proof and every signature in a complaint file. Neither a hub nor a network is needed.

    Of a PDF, all of it is checked: its pages, and the file that is attached to them. A PDF from before hubs
    signed pages is checked by what is attached, and the end says so.

    Names the first thing that is wrong, and ends with exit code 1.
    """
    published = _key(key) if key else None
    try:
        evidence, whole = _verified(_read(file), published)
    except Wrong as wrong:
        out.print(f"[red]Not as it was given: {escape(ascii_only(str(wrong)))}.[/red]", highlight=False)
        raise typer.Exit(1) from None
    out.print(_table(evidence))
    entries = sum(len(order.entries) for order in evidence.orders)
    typer.echo(f"Orders: {len(evidence.orders)}, entries: {entries}. {_so_far(evidence, whole=whole)}")
    if published is None:
        typer.echo(
            "The key was taken from the file itself. Compare it with the one that the hub publishes at"
        )
        typer.echo(f"{evidence.hub}/journal/key:\n{evidence.key}")


def ascii_only(said: str) -> str:
    """Write what a stranger's file holds in a way that no terminal acts on."""
    return said.encode("ascii", "backslashreplace").decode() if not said.isprintable() else said


def _table(evidence: Evidence) -> Table:
    names = {platform.id: platform.name for platform in evidence.platforms}
    table = Table("order", "platform", "wanted", "placed", "due", "came to", "deadline")
    for order in evidence.orders:
        state, entry = order.moves()[-1]
        table.add_row(
            order.order_id, escape(names[order.platform_id]), order.kind, _moment(order.placed_at),
            _moment(order.due), f"{state} {_moment(entry.at)}",
            "missed" if order.missed(evidence.made_at) else "kept so far",
        )  # fmt: skip
    return table


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _key(vkey: str) -> Verifier:
    try:
        return verifier(vkey)
    except ValueError:
        refuse("--key is not a key as a hub publishes it at /journal/key.")


def _verified(file: bytes, key: Verifier | None) -> tuple[Evidence, bool]:
    """Check a file, and say whether it was all of it."""
    return verify_pages(file, key=key) if file.startswith(PDF) else (verify_evidence(file, key=key), True)


def _so_far(evidence: Evidence, *, whole: bool) -> str:
    if whole:
        return f"All is as {evidence.hub} has given it."
    return (
        f"What is attached to the PDF is as {evidence.hub} has given it.\n"
        "Its pages were NOT checked: the hub did not sign pages yet when it was made. Go by what is listed."
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failed:
        refuse(f"{path} cannot be read: {failed.strerror}.")
