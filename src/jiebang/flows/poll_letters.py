"""A platform confirms the letters it has, and takes those that wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from jiebang.domain.letter import Event, Letter
from jiebang.domain.stream import StreamStatus
from jiebang.store import mailbox, streams
from jiebang.store.database import Database

_ALWAYS = (Event.VERIFICATION, Event.STREAM_UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a platform says of letters it was given, by `jti`."""

    confirmed: Collection[str] = ()
    unreadable: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Letters that leave with one poll, and whether more wait."""

    letters: list[Letter]
    more: bool


def poll_letters(
    database: Database, platform_id: str, *, stream_id: str, settled: Settled, most: int, now: datetime
) -> Handed:
    """
    Settle what was handed over before and hand over what waits, urgent letters first.

    A letter is handed over again until it is confirmed. A stream that is not enabled keeps its
    letters. Refuses with `UnknownStream` what is not the platform's.
    """
    with database.write() if settled.confirmed or settled.unreadable else database.read() as connection:
        stream = streams.get(connection, stream_id, platform_id=platform_id)
        mailbox.confirm(connection, platform_id, jtis=settled.confirmed)
        mailbox.mark_unreadable(connection, platform_id, jtis=settled.unreadable)
        if stream.status is not StreamStatus.ENABLED or not most:
            return Handed(letters=[], more=False)
        events = (*_ALWAYS, *stream.events_delivered)
        found = mailbox.waiting(connection, platform_id, events=events, now=now, most=most + 1)
    return Handed(letters=found[:most], more=len(found) > most)
