"""Who has joined, and which of their assertions were used."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, select, update

from jiebang.domain.calendar import Calendar
from jiebang.domain.errors import PartyExists, UnknownParty
from jiebang.domain.party import Party, Role
from jiebang.store.among import among
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import assertions, parties


def add(connection: Connection, party: Party, *, now: datetime) -> None:
    """Take a party in; refuses with `PartyExists` an id that is taken."""
    row = {
        "id": party.id, "role": party.role.value, "name": party.name, "jwks": dict(party.jwks),
        "timezone": party.timezone, "country": party.country, "change_url": party.change_url, "added_at": now,
    }  # fmt: skip
    if not insert_new(connection, parties, rows=[row]):
        raise PartyExists


def get(connection: Connection, party_id: str) -> Party:
    """Find a party; refuses with `UnknownParty`."""
    row = connection.execute(select(parties).where(parties.c.id == party_id)).one_or_none()
    if row is None:
        raise UnknownParty
    return _party(row)


def set_change_url(connection: Connection, party_id: str, *, url: str | None) -> None:
    """Say where a platform's holders change their number."""
    connection.execute(update(parties).where(parties.c.id == party_id).values(change_url=url))


def everyone(connection: Connection) -> list[Party]:
    """All parties, in the order in which they joined."""
    return [_party(row) for row in connection.execute(select(parties).order_by(parties.c.added_at))]


def platforms(connection: Connection) -> list[Party]:
    """All platforms, in the order in which they joined."""
    return [party for party in everyone(connection) if party.role is Role.PLATFORM]


def calendars(connection: Connection, party_ids: Iterable[str]) -> dict[str, Calendar]:
    """By which calendar each of these parties works."""
    wanted = select(parties.c.id, parties.c.country, parties.c.timezone)
    found = connection.execute(wanted.where(among(connection, parties.c.id, values=set(party_ids))))
    return {row.id: Calendar(country=row.country, zone=ZoneInfo(row.timezone)) for row in found}


def zone(connection: Connection, party_id: str) -> ZoneInfo:
    """Where a party's days begin and end. That never changes, so it is read once for each connection."""
    known: dict[str, ZoneInfo] = connection.info.setdefault("zones", {})
    if party_id not in known:
        known[party_id] = ZoneInfo(get(connection, party_id).timezone)
    return known[party_id]


def use_assertion(connection: Connection, party_id: str, *, jti: str, until: datetime) -> bool:
    """Mark an assertion as used; `False` when it was used before."""
    return insert_new(connection, assertions, rows=[{"party_id": party_id, "jti": jti, "until": until}]) == 1


def forget_assertions(connection: Connection, now: datetime) -> None:
    """Forget those that could not be used again anyway."""
    connection.execute(delete(assertions).where(assertions.c.until < now))


def _party(row: Row[Any]) -> Party:
    return Party(
        id=row.id, role=Role(row.role), name=row.name, jwks=row.jwks, timezone=row.timezone,
        country=row.country, change_url=row.change_url,
    )  # fmt: skip
