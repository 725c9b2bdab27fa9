"""A platform confirms the letters it has, and takes those that wait: its own, and signals to everyone."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from jiebang.domain.cursor import Cursor
from jiebang.domain.letter import Event, Letter
from jiebang.domain.signal import Told, letter_of, seqs_of, subject_of
from jiebang.domain.stream import DefaultSubjects, Stream, StreamStatus
from jiebang.store import complaints, cursors, mailbox, signals, streams, subjects
from jiebang.store.database import Database

_ALWAYS = (Event.VERIFICATION, Event.STREAM_UPDATED)
_MOST_BATCHES = 10
"""Batches of signals that one poll reads at the most; then it says that more wait, though it found none."""
_LEAST_BATCH = 1000
"""Signals read at once where few of them may be for the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What a platform says: which letters it has, by `jti`, which it cannot read, and how many it takes."""

    stream_id: str
    confirmed: Collection[str] = ()
    unreadable: Collection[str] = ()
    most: int

    @property
    def again(self) -> "Poll":
        """The same platform looks again; what it had to say is said."""
        return Poll(stream_id=self.stream_id, most=self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Letters that leave with one poll, and whether more wait."""

    letters: list[Letter]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Signals that wait for a stream, one more than it takes where there are more, and where it stands."""

    waiting: Sequence[Told]
    cursor: Cursor
    more: bool


def poll_letters(database: Database, platform_id: str, *, poll: Poll, now: datetime, secret: bytes) -> Handed:
    """
    Settle what was handed over before and hand over what waits, urgent letters first, signals last.

    A letter is handed over again until it is confirmed. A stream that is not enabled keeps its
    letters, but for those that tell so. `secret` keys the subjects that a stream is limited to.
    Refuses with `UnknownStream` what is not the platform's.
    """
    settles = bool(poll.confirmed or poll.unreadable)
    with database.write() if settles else database.read() as connection:
        stream = streams.get(connection, poll.stream_id, platform_id=platform_id)
        stood = cursors.get(connection, platform_id, to_change=settles)
        cursor = _settled(connection, stream, stood=stood, poll=poll)
        own = _own(connection, stream, most=poll.most, now=now)
        room = max(0, poll.most - len(own))
        heard = _hear(connection, stream, cursor=cursor, most=room, secret=secret) if poll.most else None
        ends = heard.cursor if heard else cursor
        if settles and ends != stood:
            cursors.save(connection, platform_id, cursor=ends)
    if not settles and ends.seq - stood.seq >= _LEAST_BATCH:
        _pass(database, platform_id, stood=stood, ends=ends)
    letters = [*own, *(letter_of(told, stream) for told in (heard.waiting if heard else ())[:room])]
    more = len(own) > poll.most or (heard is not None and heard.more)
    return Handed(letters=letters[: poll.most], more=more)


def _settled(connection: Connection, stream: Stream, *, stood: Cursor, poll: Poll) -> Cursor:
    """Take confirmations and complaints; of signals, each is a step of the cursor, and no row."""
    unread = seqs_of(poll.unreadable, stream)
    heard = seqs_of(poll.confirmed, stream) + unread
    if len(heard) < len(poll.confirmed) + len(poll.unreadable):
        mailbox.confirm(connection, stream.platform_id, jtis=poll.confirmed)
        mailbox.mark_unreadable(connection, stream.platform_id, jtis=poll.unreadable)
    if not heard:
        return stood
    complaints.add(connection, stream.platform_id, seqs=signals.known(connection, unread))
    # What was never told cannot be confirmed, or it would be passed over one day.
    newest = signals.newest(connection)
    return stood.settle(seq for seq in heard if seq <= newest)


def _own(connection: Connection, stream: Stream, *, most: int, now: datetime) -> list[Letter]:
    """The letters to this platform alone, one more than it takes where there are more."""
    enabled = stream.status is StreamStatus.ENABLED
    events = (*_ALWAYS, *stream.events_delivered) if enabled else (Event.STREAM_UPDATED,)
    if not most:
        return []
    return mailbox.waiting(connection, stream.platform_id, events=events, now=now, most=most + 1)


def _hear(connection: Connection, stream: Stream, *, cursor: Cursor, most: int, secret: bytes) -> _Heard:
    """Find signals that the stream has not settled, lowest first, and note what it need not hear."""
    if stream.status is not StreamStatus.ENABLED or not stream.signals_delivered:
        return _Heard(waiting=[], cursor=cursor, more=False)
    waiting: list[Told] = []
    until, more = cursor.seq, False
    for read, (told, place) in enumerate(_ahead(connection, stream, cursor=cursor, most=most, secret=secret)):
        waiting += told
        until, more = place, len(waiting) > most or read >= _MOST_BATCHES
        if more:
            break
    if len(waiting) > most:
        waiting, until = waiting[: most + 1], waiting[most].seq
    return _Heard(waiting=waiting, cursor=cursor.read([told.seq for told in waiting], until=until), more=more)


def _ahead(
    connection: Connection, stream: Stream, *, cursor: Cursor, most: int, secret: bytes
) -> Iterator[tuple[list[Told], int]]:
    """Give what is for the stream and not settled, batch by batch, each with the place that was read to."""
    limited = stream.default_subjects is DefaultSubjects.NONE or subjects.has_any(connection, stream.id)
    size = max(most + 1, _LEAST_BATCH) if limited else most + 1
    events = stream.signals_delivered
    for after, before in cursor.gaps():
        for batch in signals.between(connection, after, before=before, events=events, most=size):
            place = batch[-1].seq
            yield (_for(connection, stream, batch=batch, secret=secret) if limited else batch), place
        if before is not None:
            yield [], before - 1


def _for(connection: Connection, stream: Stream, *, batch: Sequence[Told], secret: bytes) -> list[Told]:
    """Keep what is about a subject of the stream."""
    names = [subject_of(told.signal.number, stream.id, secret=secret) for told in batch]
    listed = subjects.listed(connection, stream.id, among_these=set(names))
    wanted = stream.default_subjects is DefaultSubjects.NONE
    return [told for told, name in zip(batch, names, strict=True) if (name in listed) is wanted]


def _pass(database: Database, platform_id: str, *, stood: Cursor, ends: Cursor) -> None:
    """Write down what a stream need not hear, so that the next poll need not read it again."""
    with database.write() as connection:
        if cursors.get(connection, platform_id, to_change=True) == stood:
            cursors.save(connection, platform_id, cursor=ends)
