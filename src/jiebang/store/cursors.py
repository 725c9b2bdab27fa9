"""How far each platform has come in the signals; a platform's next stream goes on where the last one was."""

from sqlalchemy import Connection, insert, select, update

from jiebang.domain.cursor import Cursor
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import cursors


def begin(connection: Connection, platform_id: str, *, seq: int) -> None:
    """Begin after a place, unless the platform has begun already."""
    insert_new(connection, cursors, rows=[{"platform_id": platform_id, "seq": seq, "ahead": []}])


def get(connection: Connection, platform_id: str, *, to_change: bool = False) -> Cursor:
    """Find a platform's cursor; `to_change` keeps others from changing it until the transaction ends."""
    wanted = select(cursors.c.seq, cursors.c.ahead).where(cursors.c.platform_id == platform_id)
    row = connection.execute(wanted.with_for_update() if to_change else wanted).one_or_none()
    if row is None:
        return Cursor()
    return Cursor(row.seq, tuple((first, last) for first, last in row.ahead))


def save(connection: Connection, platform_id: str, *, cursor: Cursor) -> None:
    """Write a cursor back."""
    values = {"seq": cursor.seq, "ahead": [list(stretch) for stretch in cursor.ahead]}
    changed = update(cursors).where(cursors.c.platform_id == platform_id).values(**values)
    if not connection.execute(changed).rowcount:
        connection.execute(insert(cursors).values(platform_id=platform_id, **values))
