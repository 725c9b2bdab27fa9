"""`jiebang party`: who has joined a hub."""

import json
import zoneinfo
from pathlib import Path
from typing import Annotated

import typer
from joserfc.errors import JoseError
from phonenumbers import SUPPORTED_REGIONS
from rich.table import Table

from jiebang.cli.opened import house
from jiebang.cli.terminal import out, refuse
from jiebang.domain.errors import PartyExists, UnknownParty
from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.flows.set_change_url import set_change_url
from jiebang.house import House
from jiebang.opening import now
from jiebang.store import ids, parties
from jiebang.wire.keys import public_keys

app = typer.Typer(no_args_is_help=True, help="Add carriers, platforms and fronts to a hub, and list them.")


@app.callback()
def about() -> None:
    """Add carriers, platforms and fronts to a hub, and list them."""


@app.command()
def add(
    role: Annotated[Role, typer.Argument(help="What the party is to the hub.")],
    name: Annotated[str, typer.Argument(help="Its name, as holders read it.")],
    *,
    keys: Annotated[Path, typer.Option(help="Its public keys: a JWK set, as `jiebang key make` prints it.")],
    party_id: Annotated[str, typer.Option("--id", help="Its id; without it one is made up.")] = "",
    timezone: Annotated[
        str, typer.Option(help="Where its days begin and end, such as Asia/Shanghai.")
    ] = "UTC",
    country: Annotated[
        str,
        typer.Option(help="Whose holidays it keeps, such as CN; without one, Monday to Friday are worked."),
    ] = "",
) -> None:
    """
    Let a carrier, a platform or a front join. The hub knows it by its public key, and prints its id.

    [bold]jiebang party add platform 青鸟商城 --keys public.json[/bold]
    """
    if timezone not in zoneinfo.available_timezones():
        refuse(f"{timezone} is not a time zone; write one such as Asia/Shanghai.")
    if country and country not in SUPPORTED_REGIONS:
        refuse(f"{country} is not a country; write two letters such as CN (ISO 3166-1).")
    party = Party(
        id=party_id or ids.new("par"), role=role, name=name, jwks=_jwks(keys), timezone=timezone,
        country=country or None,
    )  # fmt: skip
    try:
        add_party(house().database, party, now=now())
    except PartyExists as refusal:
        refuse(f"{party.id}: {refusal}")
    typer.echo(party.id)


@app.command()
def change_url(
    party_id: Annotated[str, typer.Argument(help="The platform.")],
    url: Annotated[str, typer.Argument(help="Where holders change their number there; empty for nowhere.")],
) -> None:
    """
    Say where a platform's holders put another number in the place of this one; leavers are sent there.

    [bold]jiebang party change-url par_bluebird https://bluebird.example/number[/bold]
    """
    if url and not url.startswith("https://"):
        refuse(f"{url} is not an address that holders can be sent to; it begins with https://.")
    try:
        set_change_url(house().database, party_id, url=url or None)
    except UnknownParty as refusal:
        refuse(f"{party_id}: {refusal}")


@app.command(name="list")
def list_() -> None:
    """List who has joined."""
    table = Table("id", "role", "name", "time zone", "country")
    with house().database.read() as connection:
        for party in parties.everyone(connection):
            table.add_row(party.id, party.role.value, party.name, party.timezone, party.country or "")
    out.print(table)


def joined_carrier(opened: House, party_id: str) -> Party:
    """Find a carrier among those who have joined, or refuse."""
    with opened.database.read() as connection:
        try:
            party = parties.get(connection, party_id)
        except UnknownParty as refusal:
            refuse(f"{party_id}: {refusal} See: jiebang party list")
    if party.role is not Role.CARRIER:
        refuse(f"{party_id} is a {party.role}, not a carrier.")
    return party


def _jwks(file: Path) -> dict[str, object]:
    try:
        jwks = json.loads(file.read_text())
        read = public_keys(jwks)
    except OSError as failed:
        refuse(f"{file} cannot be read: {failed.strerror}.")
    except (ValueError, TypeError, KeyError, JoseError):
        refuse(f"{file} is not a JWK set (RFC 7517).")
    if any(key.is_private for key in read.keys):
        refuse(f"{file} holds a private key. Give the hub the public half only.")
    return dict(jwks)
