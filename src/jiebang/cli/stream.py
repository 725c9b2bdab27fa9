"""`jiebang stream`: the platforms' streams, as the hub's operator sees them."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from jiebang.cli.opened import house
from jiebang.cli.terminal import out, refuse
from jiebang.domain.errors import UnknownStream
from jiebang.domain.stream import REASON, StreamStatus
from jiebang.flows.replay_stream import replay_stream
from jiebang.flows.rest_stream import rest_stream
from jiebang.opening import now
from jiebang.store import cursors, parties, signals, streams

app = typer.Typer(no_args_is_help=True, help="See the platforms' streams, rest them, wake them, replay them.")

PlatformId = Annotated[
    str, typer.Argument(metavar="PLATFORM", help="The platform's id, as `party list` has it.")
]


@app.command(name="list")
def list_() -> None:
    """List the streams, and how many signals each has still to settle; one that is 0 has heard everything."""
    table = Table("platform", "status", "subjects", "signals to settle", "reason")
    with house().database.read() as connection:
        newest = signals.newest(connection)
        for party in parties.platforms(connection):
            stream = streams.of_platform(connection, party.id)
            if stream is not None:
                behind = newest - cursors.get(connection, party.id).seq if stream.signals_delivered else 0
                reason = stream.reason or ""
                table.add_row(party.id, stream.status, stream.default_subjects, f"{behind}", reason)
    out.print(table)


@app.command()
def pause(
    platform: PlatformId, *, reason: Annotated[str, typer.Option(help="Why; the platform reads it.")] = ""
) -> None:
    """Rest a platform's stream, and tell it so. Its letters wait; none is dropped."""
    if len(reason) > REASON:
        refuse(f"Say why in {REASON} characters at the most: the platform reads it.")
    _set(platform, StreamStatus.PAUSED, reason=reason or None)


@app.command()
def resume(platform: PlatformId) -> None:
    """Wake a platform's stream, and tell it so."""
    _set(platform, StreamStatus.ENABLED, reason=None)


@app.command()
def replay(
    platform: PlatformId,
    *,
    since: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="In UTC.")
    ],
) -> None:
    """
    Tell a platform once more what was told since a day: it has gone back to a backup, say.

    What it has not confirmed yet is told as well. What it does twice has no effect: an agent knows what
    it has done by the signal's id.
    """
    try:
        told = replay_stream(house().database, platform, since=since.replace(tzinfo=UTC))
    except UnknownStream as refusal:
        refuse(f"{platform}: {refusal}")
    out.print(f"{told} signals are told again, or for the first time.")


def _set(platform: str, status: StreamStatus, *, reason: str | None) -> None:
    try:
        rest_stream(house().database, platform, status=status, reason=reason, now=now())
    except UnknownStream as refusal:
        refuse(f"{platform}: {refusal}")
