"""Where letters wait for their platforms: written with the facts they tell of, kept until confirmed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from jiebang.domain.letter import URGENCY, Event, Letter
from jiebang.domain.number import Number
from jiebang.store.among import among
from jiebang.store.tables import letters, questions


def leave(connection: Connection, written: Sequence[Letter]) -> None:
    """Leave letters; the bell rings for their platforms when the transaction is kept."""
    if not written:
        return
    connection.execute(insert(letters), [_columns(letter) for letter in written])
    connection.info.setdefault("rung", set()).update(letter.platform_id for letter in written)


def waiting(
    connection: Connection, platform_id: str, *, events: Collection[Event], now: datetime, most: int
) -> list[Letter]:
    """The letters that may leave now, urgent ones first, then in the order in which they were left."""
    wanted = (
        select(letters)
        .where(
            letters.c.platform_id == platform_id,
            letters.c.leave_at <= now,
            letters.c.unreadable.is_(False),
            letters.c.event.in_([event.value for event in events]),
        )
        .order_by(letters.c.urgency, letters.c.seq)
        .limit(most)
    )
    return [_letter(row) for row in connection.execute(wanted)]


def confirm(connection: Connection, platform_id: str, *, jtis: Iterable[str]) -> None:
    """Let go what the platform has; confirming again changes nothing (RFC 8936 §2.4)."""
    if wanted := list(jtis):
        connection.execute(
            delete(letters).where(
                letters.c.platform_id == platform_id, among(connection, letters.c.jti, values=wanted)
            )
        )


def mark_unreadable(connection: Connection, platform_id: str, *, jtis: Iterable[str]) -> None:
    """Keep back what the platform says it cannot read, for people to look at."""
    if wanted := list(jtis):
        marked = update(letters).where(
            letters.c.platform_id == platform_id, among(connection, letters.c.jti, values=wanted)
        )
        connection.execute(marked.values(unreadable=True))


def withdraw(connection: Connection, order_ids: Iterable[str]) -> None:
    """Take the letters about orders back: what is undelivered is never delivered."""
    connection.execute(delete(letters).where(among(connection, letters.c.order_id, values=order_ids)))


def withdraw_questions(
    connection: Connection, number: Number, *, before: datetime | None = None, keeping: Collection[str] = ()
) -> None:
    """Take back the questions about a number, all or those left before an instant, but for these queries."""
    wanted = select(letters.c.seq, letters.c.said).where(
        letters.c.number == number, letters.c.event == Event.BINDINGS_ASKED.value
    )
    if before is not None:
        wanted = wanted.where(letters.c.written_at < before)
    seqs = [row.seq for row in connection.execute(wanted) if row.said["query_id"] not in keeping]
    connection.execute(delete(letters).where(among(connection, letters.c.seq, values=seqs)))


def erase_questions(connection: Connection, *, before: datetime) -> None:
    """Erase questions left before an instant: nobody waits for their answers, and each holds a number."""
    connection.execute(delete(letters).where(questions, letters.c.written_at < before))


def due_between(connection: Connection, after: datetime, *, until: datetime) -> set[str]:
    """Platforms with a letter whose time to leave came within a stretch, whichever process left it."""
    wanted = select(letters.c.platform_id).where(letters.c.leave_at > after, letters.c.leave_at <= until)
    return set(connection.scalars(wanted.distinct()))


def _columns(letter: Letter) -> dict[str, object]:
    return {
        "jti": letter.jti,
        "platform_id": letter.platform_id,
        "urgency": URGENCY[letter.event],
        "event": letter.event.value,
        "said": dict(letter.said),
        "number": letter.number,
        "order_id": letter.order_id,
        "written_at": letter.written_at,
        "leave_at": letter.leave_at,
        "unreadable": False,
    }


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        jti=row.jti, platform_id=row.platform_id, event=Event(row.event), said=row.said,
        written_at=row.written_at, leave_at=row.leave_at, number=row.number, order_id=row.order_id,
    )  # fmt: skip
