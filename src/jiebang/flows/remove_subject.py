"""A platform wants no signals about a number on its stream any more."""

from jiebang.domain.number import Number
from jiebang.domain.signal import subject_of
from jiebang.domain.stream import DefaultSubjects
from jiebang.store import streams, subjects
from jiebang.store.database import Database


def remove_subject(
    database: Database, platform_id: str, *, stream_id: str, number: Number, secret: bytes
) -> None:
    """Take a number off; doing so again changes nothing. Refuses with `UnknownStream`."""
    with database.write() as connection:
        stream = streams.get(connection, stream_id, platform_id=platform_id)
        subject = subject_of(number, stream.id, secret=secret)
        if stream.default_subjects is DefaultSubjects.ALL:
            subjects.add(connection, stream.id, subject=subject)
        else:
            subjects.drop(connection, stream.id, subject=subject)
