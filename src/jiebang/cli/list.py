"""`jiebang list`: the published list of recycled numbers, built by a hub and taken by platforms."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from jiebang.cli.opened import house
from jiebang.cli.terminal import bar, err, out, refuse

if TYPE_CHECKING:
    from jiebang.domain.tenure import Change
    from jiebang.house import House
    from jiebang.recycled.manifest import Manifest
    from jiebang.recycled.publish import Publisher, Unseal

    _History = tuple[str, Sequence[Change]]

app = typer.Typer(no_args_is_help=True, help="Publish, take and look at the list of recycled numbers.")

_KEYS = "keys.json"
"""Where a pulled list's folder keeps the hub's public keys: given once, and trusted from then on."""
_TOLD_EVERY = 10_000
"""Numbers between two words about how far a build has come."""
Keys = Annotated[
    Path | None,
    typer.Option(help="The hub's public keys (its /jwks.json, as a file). Else keys.json beside the list."),
]
Zone = Annotated[str, typer.Option(help="Whose days count. Else the carriers' time zone, if they have one.")]


@app.callback()
def about() -> None:
    """Publish, take and look at the list of recycled numbers."""


@app.command()
def build(
    *,
    to: Annotated[Path | None, typer.Option(help="The published folder; else the hub's own.")] = None,
    zone: Zone = "",
) -> None:
    """
    Build today's list from the hub's tenures, the delta from the one before, and their signed manifests.

    Run it once a day. Killed at any moment, the folder has the old list or the new one.
    """
    from jiebang.recycled.histories import facts
    from jiebang.recycled.pack import blocks_of
    from jiebang.recycled.whole import write_whole
    from jiebang.store import numbers

    opened = house()
    zone = zone or _carriers_zone(opened)
    if zone not in available_timezones():
        refuse(f"{zone} is not a time zone; write one such as Asia/Shanghai.")
    local = ZoneInfo(zone)
    today = opened.now().astimezone(local).date()
    publisher = _publisher(opened, to or _published(), zone=zone)
    with (
        refusing(),
        opened.database.read() as connection,
        bar("Building the list", numbers.last_seq(connection)) as told,
    ):
        blocks = blocks_of(facts(_counted(numbers.everything(connection), told), local))
        manifest = publisher.publish(blocks, covered_until=today, today=today)
        write_whole(publisher.folder / _KEYS, json.dumps(opened.key.public_set()).encode())
    _tell(manifest)


@app.command()
def delta(
    begin: Annotated[Path, typer.Argument(help="The list that platforms have.")],
    end: Annotated[Path, typer.Argument(help="The list that they shall have.")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The delta's file; .jws is added for its manifest.")
    ],
) -> None:
    """Make a signed delta between any two lists of this hub. Each is checked first."""
    opened = house()
    check = _unsealing(opened)
    with refusing(), err.status("Comparing the lists …"):
        zone = checked(begin, check).zone
        checked(end, check)
        publisher = _publisher(opened, output.parent, zone=zone)
        today = opened.now().astimezone(ZoneInfo(zone)).date()
        manifest = publisher.publish_delta(begin, end, path=output, today=today)
    out.print(f"{output}: {manifest.size} bytes")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="LIST", help="A list or a delta, or a folder with one.")],
    *,
    keys: Keys = None,
) -> None:
    """Check that a list is, to the last byte, what the hub has signed. Exit code 2 when it is not."""
    path = list_in(file, keys)
    with refusing():
        manifest = checked(path, unsealing(path, keys))
    out.print(f"{path.name} is what {manifest.issuer} has signed.", highlight=False)
    _tell(manifest)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="LIST", help="A list, or a folder with one.")],
    number: Annotated[str, typer.Argument(help="A number to look for, in E.164.")] = "",
    *,
    keys: Keys = None,
) -> None:
    """Show what a list covers, or the day on which one number last became someone else's."""
    from jiebang.domain.errors import NotANumber
    from jiebang.domain.number import parse
    from jiebang.recycled.days import NOT_COVERED
    from jiebang.recycled.mapped import MappedList, mapped

    path = list_in(file, keys)
    with refusing():
        manifest = checked(path, unsealing(path, keys))
        published = MappedList(mapped(path))
    if not number:
        _tell(manifest)
        return
    try:
        wanted = int(parse(number).e164[1:])
    except NotANumber as refusal:
        refuse(str(refusal))
    if published.code(wanted) == NOT_COVERED:
        out.print("not covered")
    else:
        out.print(
            str(published.changed_on(wanted) or "never changed hands, as far as is known"), highlight=False
        )


@app.command()
def pull(
    url: Annotated[str, typer.Argument(help="Where the hub publishes, such as https://hub.example/lists.")],
    *,
    to: Annotated[Path, typer.Option(help="The folder that is brought up to date.")] = Path("var/list"),
    keys: Keys = None,
) -> None:
    """
    Bring a folder to the hub's newest list, by deltas where they are shorter.

    The first time, give the hub's public keys; they are kept in the folder. An interrupted
    download goes on where it stopped. Nothing is used before it is found to be what the hub has signed.
    """
    from jiebang.recycled.pull import pull as bring
    from jiebang.recycled.whole import write_whole
    from jiebang.wire.downloads import Downloads

    unseal = unsealing(to / "list", keys)
    with refusing(), bar(f"Taking the list from {url}") as told:
        pulled = bring(to, Downloads(url), unseal=unseal, told=told)
        if keys is not None:
            write_whole(to / _KEYS, keys.read_bytes())
    how = f"{pulled.deltas} deltas, " if pulled.deltas else ""
    out.print(f"{to}: {how}{pulled.fetched} bytes", highlight=False)
    _tell(pulled.manifest)


def list_in(path: Path, keys: Path | None = None) -> Path:
    """Find the list that is meant: a file, or the newest of a folder."""
    if not path.is_dir():
        return path
    from jiebang.recycled.publish import LATEST, read_sealed

    with refusing():
        newest = read_sealed(path / LATEST, unsealing(path / LATEST, keys))
    if newest is None:
        refuse(f"{path} has no list. Take one: jiebang list pull URL --to {path} --keys FILE")
    return path / newest.name


def unsealing(path: Path, keys: Path | None) -> "Unseal":
    """Give what checks the signatures of a list's manifests, by keys that are given or kept beside it."""
    from joserfc.errors import JoseError

    from jiebang.wire.keys import public_keys
    from jiebang.wire.seals import unseal

    file = keys or path.parent / _KEYS
    try:
        known = public_keys(json.loads(file.read_text()))
    except FileNotFoundError:
        refuse(f"{file} is not there. Give the hub's public keys: --keys FILE")
    except (OSError, ValueError, TypeError, KeyError, JoseError):
        refuse(f"{file} is not a JWK set (RFC 7517).")
    return lambda sealed: unseal(sealed, known)


def checked(path: Path, unseal: "Unseal") -> "Manifest":
    """Check a list or a delta, and give its manifest; refuses what its hub has not signed."""
    from jiebang.recycled.manifest import check
    from jiebang.recycled.mapped import mapped
    from jiebang.recycled.publish import SEALED, read_sealed

    sealed = path.with_name(path.name + SEALED)
    manifest = read_sealed(sealed, unseal)
    if manifest is None:
        refuse(f"{sealed} is not there: without its signed manifest a list is not used.")
    check(mapped(path), manifest)
    return manifest


def _counted(histories: "Iterable[_History]", told: Callable[[float], None]) -> "Iterator[_History]":
    """Say now and then how many changes have been read."""
    read = 0
    for nth, (number, history) in enumerate(histories):
        read += len(history)
        if nth % _TOLD_EVERY == 0:
            told(read)
        yield number, history


def _publisher(opened: "House", folder: Path, *, zone: str) -> "Publisher":
    from jiebang.recycled.publish import Publisher
    from jiebang.wire.seals import seal

    def sign(payload: bytes) -> str:
        return seal(payload, opened.key)

    return Publisher(folder=folder, issuer=opened.issuer, zone=zone, sign=sign, unseal=_unsealing(opened))


def _unsealing(opened: "House") -> Callable[[str], bytes]:
    from jiebang.wire.seals import unseal

    return lambda sealed: unseal(sealed, opened.keys)


def _published() -> Path:
    from jiebang.cli.opened import settings

    return settings().list_folder


def _carriers_zone(opened: "House") -> str:
    from jiebang.domain.party import Role
    from jiebang.store import parties

    with opened.database.read() as connection:
        zones = {party.timezone for party in parties.everyone(connection) if party.role is Role.CARRIER}
    return zones.pop() if len(zones) == 1 else "UTC"


def _tell(manifest: "Manifest") -> None:
    said = f"{manifest.name}: covers until {manifest.covered_until} ({manifest.zone})"
    if manifest.kind == "list":
        said += (
            f", {manifest.numbers} numbers, {manifest.changed} of them changed hands; {manifest.size} bytes"
        )
    typer.echo(said)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what goes wrong into a sentence and exit code 2."""
    from jiebang.domain.errors import BadToken
    from jiebang.recycled.refusals import NotAList

    try:
        yield
    except BadToken:
        refuse("The manifest is not signed by these keys. The list is not used.")
    except NotAList as refused:
        refuse(f"{refused}")
    except (OSError, ValueError) as failed:
        refuse(f"{failed}")
