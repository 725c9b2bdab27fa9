"""What platforms say that they did about a signal: counts, one row a platform and signal."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from jiebang.domain.clearance import Clearance
from jiebang.store.among import among
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import clearances


def of_platform(connection: Connection, platform_id: str, *, seqs: Collection[int]) -> dict[int, Clearance]:
    """What one platform has said of these signals."""
    wanted = select(clearances).where(
        clearances.c.platform_id == platform_id, among(connection, clearances.c.seq, values=seqs)
    )
    return {row.seq: _clearance(row) for row in connection.execute(wanted)}


def of_signals(connection: Connection, seqs: Collection[int]) -> dict[int, dict[str, Clearance]]:
    """What every platform has said of these signals, by signal and platform."""
    found: dict[int, dict[str, Clearance]] = defaultdict(dict)
    wanted = select(clearances).where(among(connection, clearances.c.seq, values=seqs))
    for row in connection.execute(wanted):
        found[row.seq][row.platform_id] = _clearance(row)
    return found


def add(connection: Connection, platform_id: str, *, said: Sequence[tuple[int, Clearance]]) -> None:
    """Write down what a platform says for the first time."""
    rows = [{"seq": seq, "platform_id": platform_id, **_columns(one)} for seq, one in said]
    insert_new(connection, clearances, rows=rows)


def replace(connection: Connection, platform_id: str, *, seq: int, said: Clearance) -> None:
    """Write down what a platform says anew."""
    connection.execute(
        update(clearances)
        .where(clearances.c.seq == seq, clearances.c.platform_id == platform_id)
        .values(**_columns(said))
    )


def _columns(said: Clearance) -> dict[str, int | datetime]:
    return {"cleared": said.cleared, "flagged": said.flagged, "kept": said.kept, "said_at": said.said_at}


def _clearance(row: Row[Any]) -> Clearance:
    return Clearance(cleared=row.cleared, flagged=row.flagged, kept=row.kept, said_at=row.said_at)
