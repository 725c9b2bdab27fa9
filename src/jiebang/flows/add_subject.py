"""A platform wants signals about a number on its stream."""

from jiebang.domain.number import Number
from jiebang.domain.signal import subject_of
from jiebang.domain.stream import DefaultSubjects
from jiebang.store import streams, subjects
from jiebang.store.database import Database


def add_subject(
    database: Database, platform_id: str, *, stream_id: str, number: Number, secret: bytes
) -> None:
    """
    Add a number; adding it again changes nothing. Signals that were passed over do not come back.

    Only its keyed hash is kept. Refuses with `UnknownStream`.
    """
    with database.write() as connection:
        stream = streams.get(connection, stream_id, platform_id=platform_id)
        subject = subject_of(number, stream.id, secret=secret)
        if stream.default_subjects is DefaultSubjects.NONE:
            subjects.add(connection, stream.id, subject=subject)
        else:
            subjects.drop(connection, stream.id, subject=subject)
