"""A platform has lost something, and hears signals once more."""

from datetime import datetime

from jiebang.domain.cursor import Cursor
from jiebang.domain.errors import UnknownStream
from jiebang.store import cursors, signals, streams
from jiebang.store.database import Database


def replay_stream(database: Database, platform_id: str, *, since: datetime) -> int:
    """
    Set a platform's stream back to what was told since then; gives how many signals' places that is.

    Never forward: what is not confirmed is not dropped. Refuses with `UnknownStream`.
    """
    with database.write() as connection:
        if streams.of_platform(connection, platform_id) is None:
            raise UnknownStream
        stands = cursors.get(connection, platform_id, to_change=True)
        begin = min(stands.seq, signals.before(connection, since))
        cursors.save(connection, platform_id, cursor=Cursor(begin))
        connection.info.setdefault("rung", set()).add(platform_id)
        return signals.newest(connection) - begin
