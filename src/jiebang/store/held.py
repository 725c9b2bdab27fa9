"""What lies in the tables about one number: how much of each kind, and when the newest of it came."""

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Select, func, or_, select

from jiebang.domain.forgetting import CLOSED, HeldKind, Secrets
from jiebang.domain.limit import ON_NUMBER, Use
from jiebang.domain.number import Number, keyed
from jiebang.domain.signal import subject_of
from jiebang.store.tables import (
    bindings,
    changes,
    choices,
    clearances,
    letters,
    orders,
    proofs,
    queries,
    receipts,
    sessions,
    signals,
    statements,
    streams,
    subjects,
    tallies,
    texts,
)
from jiebang.store.tables.holders import not_by_front

_CLOSED = orders.c.state.in_([state.value for state in CLOSED])
TABLES = (proofs, queries, orders, letters, statements, changes, signals)
"""Every table with a column for a number; what hangs on their rows by an id is counted with them."""


def about(
    connection: Connection, number: Number, *, secrets: Secrets
) -> dict[HeldKind, tuple[int, datetime | None]]:
    """
    Count what is there, kind by kind, each with its newest instant.

    What lies there under a hash is found by the secrets that key it.
    """
    wanted = _kept_for_holders(number) | _told(number) | _hashed(number, secrets)
    found: dict[HeldKind, tuple[int, datetime | None]] = {}
    for kind, one in wanted.items():
        count, newest = connection.execute(one).one()
        found[kind] = (count, newest)
    found[HeldKind.SUBJECTS] = (_subjects(connection, number, secret=secrets.subject), None)
    return found


def _kept_for_holders(number: Number) -> dict[HeldKind, Select[int, datetime]]:
    to_send = texts.outerjoin(proofs, proofs.c.id == texts.c.proof_id).outerjoin(
        orders, orders.c.id == texts.c.order_id
    )
    used_at = func.coalesce(sessions.c.used_at, proofs.c.proven_at)
    answers = _newest(queries.c.asked_at, queries.c.number == number).join_from(bindings, queries)
    return {
        HeldKind.PROOFS: _newest(proofs.c.started_at, proofs.c.number == number, not_by_front),
        HeldKind.DEEDS: _newest(proofs.c.started_at, proofs.c.number == number, ~not_by_front),
        HeldKind.SESSIONS: _newest(used_at, proofs.c.number == number).join_from(sessions, proofs),
        HeldKind.TEXTS: _newest(
            texts.c.good_until, or_(proofs.c.number == number, orders.c.number == number)
        ).select_from(to_send),
        HeldKind.QUERIES: _newest(queries.c.asked_at, queries.c.number == number),
        HeldKind.ANSWERS: answers,
        HeldKind.OPEN_ORDERS: _newest(orders.c.due, orders.c.number == number, ~_CLOSED),
        HeldKind.CLOSED_ORDERS: _newest(orders.c.moved_at, orders.c.number == number, _CLOSED),
        HeldKind.RECEIPTS: _newest(receipts.c.kept_at, orders.c.number == number).join_from(receipts, orders),
    }


def _told(number: Number) -> dict[HeldKind, Select[int, datetime]]:
    return {
        HeldKind.LETTERS: _newest(letters.c.written_at, letters.c.number == number),
        HeldKind.STATEMENTS: _newest(statements.c.said_at, statements.c.number == number),
        HeldKind.CHANGES: _newest(changes.c.reported_at, changes.c.number == number),
        HeldKind.SIGNALS: _newest(signals.c.told_at, signals.c.number == number),
        HeldKind.CLEARANCES: _newest(signals.c.told_at, signals.c.number == number).join_from(
            clearances, signals
        ),
    }


def _hashed(number: Number, secrets: Secrets) -> dict[HeldKind, Select[int, datetime]]:
    counted = [Use(what, number.e164).key(secrets.limit) for what in ON_NUMBER]
    number_hash = keyed(number, secret=secrets.number)
    return {
        HeldKind.CHOICES: _newest(choices.c.chosen_at, choices.c.number_hash == number_hash),
        HeldKind.TALLIES: _newest(tallies.c.until, tallies.c.key.in_(counted)),
    }


def _newest(
    at: Column[datetime] | ColumnElement[datetime], *about_it: ColumnElement[bool]
) -> Select[int, datetime]:
    return select(func.count(), func.max(at)).where(*about_it)


def _subjects(connection: Connection, number: Number, *, secret: bytes) -> int:
    """How many streams are limited to the number, or make an exception of it: kept as a hash for each."""
    named = {one: subject_of(number, one, secret=secret) for one in connection.scalars(select(streams.c.id))}
    listed = connection.execute(select(subjects).where(subjects.c.subject.in_(named.values())))
    return sum(named[row.stream_id] == row.subject for row in listed)
