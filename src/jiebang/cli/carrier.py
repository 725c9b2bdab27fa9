"""`jiebang carrier`: what carriers report as files, and what it puts in another light."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from jiebang.cli.clearance import clearance
from jiebang.cli.loading import ReportLost, load_file, try_report
from jiebang.cli.opened import house
from jiebang.cli.party import joined_carrier
from jiebang.cli.terminal import out, refuse
from jiebang.domain.order import Order
from jiebang.flows.load_part import LoadedMeanwhile
from jiebang.flows.open_load import open_load
from jiebang.house import House
from jiebang.opening import now
from jiebang.store import loads
from jiebang.store.corrections import ActedOn, acted_on, lapsed, misjudged
from jiebang.store.loads import Load
from jiebang.wire.change_files import ChangedMeanwhile, ChangeFile, NotAChangeFile, NotReadable
from jiebang.wire.change_rows import Reading
from jiebang.wire.manifests import Manifest, NotAManifest, digest_of, read_manifest

app = typer.Typer(no_args_is_help=True, help="Take in what carriers report about numbers.")


app.command()(clearance)


@app.callback()
def about() -> None:
    """Take in what carriers report about numbers."""


@app.command()
def load(
    file: Annotated[
        Path | None, typer.Argument(help="CSV or Parquet, plain or gzip or zstd: number,change,at,holder")
    ] = None,
    *,
    manifest: Annotated[Path | None, typer.Option(help="What the carrier says about the file.")] = None,
    carrier: Annotated[str, typer.Option(help="Whose, without a manifest: `jiebang party list`.")] = "",
    report: Annotated[
        Path | None, typer.Option(help="Where rows that are not taken are named; by default beside the file.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin at the first row, with a new report.")] = False,
) -> None:
    """
    Load a carrier's change file. Loading it again changes nothing; killed, it goes on where it was.

    Columns: number (E.164), change (assigned, ported, suspended, resumed, disconnected, corrected), at (a
    day, two days with a slash between, or an instant with its offset), holder (opaque; may be empty) and,
    where there are corrections, takes_back. Each row that is not taken is named in the report with its line
    and the reason; the others are loaded. Exit code 1 when any was not taken.
    """
    opened = house()
    said = _manifest(manifest)
    carrier = _carrier(carrier, said)
    zone = ZoneInfo(joined_carrier(opened, carrier).timezone)
    if file is None:
        _nothing(opened, said, manifest=manifest, zone=zone)
        return
    beside = report or file.with_name(f"{file.name}.refused.csv")
    begun, changes = _begin(file, carrier=carrier, said=said)
    if not begun.rows:
        _nothing(opened, said, manifest=manifest, zone=zone)
        return
    _try(beside, file)
    begun = open_load(opened.database, begun, anew=anew)
    done = _load(opened, changes, load=begun, reading=Reading(zone, carrier_id=carrier), report=beside)
    out.print(f"{done.taken} loaded, {done.known} known already, {done.refused} not taken.")
    if done.refused:
        raise typer.Exit(1)


@app.command(name="loads")
def loads_() -> None:
    """List the files that were loaded, and the days on which there was nothing to report."""
    table = Table("carrier", "period", "file", "rows", "loaded", "known", "not taken", "ended")
    with house().database.read() as connection:
        for one in loads.everything(connection):
            period = f"{one.since} – {one.until}" if one.since else ""
            ended = one.ended_at.isoformat(timespec="seconds") if one.ended_at else f"at row {one.position}"
            told = [str(count) for count in (one.rows, one.taken, one.known, one.refused)]
            table.add_row(one.carrier_id, period, one.digest[:12] if one.rows else "nothing", *told, ended)
    out.print(table)


@app.command()
def corrections(
    since: Annotated[
        datetime | None,
        typer.Option(help="Only what was seen otherwise since then.", formats=["%Y-%m-%d"]),
    ] = None,
) -> None:
    """
    List what was decided on a tenure of which carriers have said otherwise since.

    Orders, with whose the record was when they were placed, and whose it was by what is known now; orders
    that were revoked because the number had left its holder, which it had not; and signals that are true no
    more, by which platforms have let records go or marked them: how many platforms, how many records.
    """
    begun = since and since.replace(tzinfo=UTC)
    orders = Table("order", "platform", "number", "ordered", "on", "origin then", "origin now", "state")
    revoked = Table(
        "order",
        "platform",
        "number",
        "ordered",
        "on",
        "revoked",
        title="Revoked, though the number had not left",
    )
    signals = Table(
        "signal", "number", "says", "told", "taken back", "platforms", "cleared", "flagged",
        title="Acted on, and true no more",
    )  # fmt: skip
    with house().database.read() as connection:
        for one in misjudged(connection, since=begun):
            origins = [one.order.origin.value, one.origin.value]
            orders.add_row(*_ordered(one.order), *origins, one.order.state_at(now()).value)
        for lapse in lapsed(connection, since=begun):
            revoked.add_row(*_ordered(lapse.order), f"{lapse.revoked_at:%Y-%m-%d}")
        for acted in acted_on(connection, since=begun):
            signals.add_row(*_told(acted))
    for table in (orders, revoked, signals):
        if table is orders or table.row_count:
            out.print(table)


def _ordered(order: Order) -> list[str]:
    ordered = [order.id, order.platform_id, str(order.number), order.kind.value]
    return [*ordered, f"{order.placed_at:%Y-%m-%d}"]


def _told(acted: ActedOn) -> list[str]:
    told = acted.told
    says = told.signal.event.value.rpartition("/")[2]
    days = [f"{at:%Y-%m-%d}" for at in (told.told_at, acted.taken_back_at)]
    counts = [str(count) for count in (acted.platforms, acted.cleared, acted.flagged)]
    return [told.id, str(told.signal.number), says, *days, *counts]


def _manifest(path: Path | None) -> Manifest | None:
    try:
        return None if path is None else read_manifest(path)
    except OSError as failed:
        refuse(f"{path} cannot be read: {failed.strerror}.")
    except NotAManifest as wrong:
        refuse(f"{path} is not a manifest: {wrong}. See docs/run/carrier.md.")


def _carrier(named: str, said: Manifest | None) -> str:
    if said is not None and named and said.carrier != named:
        refuse(f"The manifest is {said.carrier}'s, not {named}'s.")
    if said is None and not named:
        refuse("Say whose changes these are: --manifest FILE, or --carrier ID.")
    return said.carrier if said is not None else named


def _nothing(opened: House, said: Manifest | None, *, manifest: Path | None, zone: ZoneInfo) -> None:
    """Keep a carrier's word that there was nothing to report."""
    if said is None or manifest is None or not said.nothing_to_report:
        refuse("Name a file with rows. Only a manifest that says nothing_to_report does without.")
    at = now()
    period = said.period
    if period.until > at.astimezone(zone).date():
        refuse(f"{period.until} has not come yet. What will be reported until then, nobody can say.")
    open_load(
        opened.database,
        Load(
            carrier_id=said.carrier, digest=digest_of(manifest), rows=0, begun_at=at, since=period.since,
            until=period.until, ended_at=at,
        ),
    )  # fmt: skip
    out.print(f"{said.carrier} had nothing to report from {period.since} to {period.until}.")


def _load(opened: House, changes: ChangeFile, *, load: Load, reading: Reading, report: Path) -> Load:
    try:
        return load_file(opened, changes, load=load, reading=reading, report=report)
    except (LoadedMeanwhile, ChangedMeanwhile, NotAChangeFile, NotReadable) as refused:
        refuse(f"{changes.path}: {refused.__doc__}")
    except ReportLost as lost:
        refuse(
            f"{report}: {lost.__doc__} Nothing more was loaded. Put it back, say where it is with --report,"
            " or begin with a new one: --anew. What was loaded before is kept, and passed over then."
        )
    except OSError as failed:
        refuse(
            f"{failed.filename or report}: {failed.strerror}. What was loaded before is kept; the same"
            " command goes on from there."
        )


def _begin(file: Path, *, carrier: str, said: Manifest | None) -> tuple[Load, ChangeFile]:
    """Look at a file as a whole before a row of it is taken: it must be the one that the manifest means."""
    try:
        changes = ChangeFile(file)
        digest, rows = digest_of(file), changes.count()
    except OSError as failed:
        refuse(f"{file} cannot be read: {failed.strerror}.")
    except (NotAChangeFile, NotReadable) as refused:
        refuse(f"{file}: {refused.__doc__}")
    if said is not None and said.sha256 not in {None, digest}:
        refuse(f"{file} is not the file that the manifest means: its SHA-256 is another. Nothing was loaded.")
    if said is not None and said.rows != rows:
        refuse(f"{file} has {rows} rows; the manifest says {said.rows}. Nothing was loaded.")
    load = Load(
        carrier_id=carrier, digest=digest, rows=rows, begun_at=now(),
        since=said.period.since if said else None, until=said.period.until if said else None,
    )  # fmt: skip
    return load, changes


def _try(report: Path, file: Path) -> None:
    """Refuse a report that could not be written, before there is a load."""
    try:
        if report.exists() and report.samefile(file):
            refuse("FILE and the report are the same file.")
        try_report(report)
    except OSError as failed:
        refuse(f"{report} cannot be written: {failed.strerror}. Nothing was loaded.")
