"""How far each change file was loaded: written with its rows, so that whoever goes on knows where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from jiebang.store.insert_new import insert_new
from jiebang.store.tables import loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One file of a carrier's, or its word that there was nothing to report, and how far it was taken in."""

    carrier_id: str
    digest: str
    """SHA-256 of the file; of the manifest where there was nothing to report."""
    rows: int
    begun_at: datetime
    since: date | None = None
    until: date | None = None
    taken: int = 0
    known: int = 0
    refused: int = 0
    report_bytes: int = 0
    """How long the report of refused rows was when the last of them was kept."""
    ended_at: datetime | None = None

    @property
    def position(self) -> int:
        """How many rows were dealt with."""
        return self.taken + self.known + self.refused


def begin(connection: Connection, load: Load, *, anew: bool = False) -> Load:
    """
    Write a new load down, or find how far the same file has come.

    A file that was loaded to its end begins anew: what was refused then may be taken now. So does any
    when that is wanted; what was taken from it is known then.
    """
    columns = {
        "carrier_id": load.carrier_id, "digest": load.digest, "rows": load.rows, "begun_at": load.begun_at,
        "since": load.since and load.since.isoformat(), "until": load.until and load.until.isoformat(),
        "taken": 0, "known": 0, "refused": 0, "report_bytes": 0, "ended_at": load.ended_at,
    }  # fmt: skip
    insert_new(connection, loads, rows=[columns])
    found = get(connection, load)
    if found.rows and (anew or found.ended_at is not None):
        found = replace(found, taken=0, known=0, refused=0, report_bytes=0, ended_at=None)
        save(connection, found)
    return found


def get(connection: Connection, load: Load) -> Load:
    """Find how far a file has come, locked until the transaction ends where that can be."""
    wanted = select(loads).where(_same(load)).with_for_update()
    return _load(connection.execute(wanted).one())


def save(connection: Connection, load: Load) -> None:
    """Write down how far a file has come."""
    connection.execute(
        update(loads)
        .where(_same(load))
        .values(
            taken=load.taken, known=load.known, refused=load.refused, report_bytes=load.report_bytes,
            ended_at=load.ended_at,
        )
    )  # fmt: skip


def everything(connection: Connection) -> Sequence[Load]:
    """All loads, the newest first."""
    return [_load(row) for row in connection.execute(select(loads).order_by(loads.c.begun_at.desc()))]


def _same(load: Load) -> Any:  # noqa: ANN401 - SQLAlchemy's own kind of condition
    return (loads.c.carrier_id == load.carrier_id) & (loads.c.digest == load.digest)


def _load(row: Row[Any]) -> Load:
    return Load(
        carrier_id=row.carrier_id, digest=row.digest, rows=row.rows, begun_at=row.begun_at,
        since=row.since and date.fromisoformat(row.since), until=row.until and date.fromisoformat(row.until),
        taken=row.taken, known=row.known, refused=row.refused, report_bytes=row.report_bytes,
        ended_at=row.ended_at,
    )  # fmt: skip
