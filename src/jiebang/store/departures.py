"""
Departures: what was begun for numbers that their holders do not have any more, and how it is ended.

Two flows take a carrier's changes, and neither can call the other; so what both do then stands here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from jiebang.domain.departure import ends_before, may_end
from jiebang.domain.journal import NUMBER_LEFT
from jiebang.domain.letter import order_revoked
from jiebang.domain.number import Number, keyed
from jiebang.domain.order import UNSETTLED
from jiebang.domain.tenure import Change, tenures
from jiebang.store import choices, ids, mailbox, orders, proofs, queries, statements
from jiebang.store.tables import choices as choices_table
from jiebang.store.tables import orders as orders_table
from jiebang.store.tables import proofs as proofs_table
from jiebang.store.tables import queries as queries_table
from jiebang.store.tables import statements as statements_table

_STATES = ", ".join(f"'{state.value}'" for state in UNSETTLED)
_BEGUN = f"""
select number from proofs where number in ({{these}})
union select number from queries where number in ({{these}})
union select number from statements where number in ({{these}})
union select number from orders where number in ({{these}}) and state in ({_STATES})
"""  # noqa: S608 - states of ours, and no value
_THESE = {
    "sqlite": "select value from json_each(?1)",
    "postgresql": "select unnest(string_to_array(%(these)s, ','))",
}


def end(
    connection: Connection,
    reported: Sequence[Change],
    *,
    known: Mapping[str, list[Change]],
    by: str,
    now: datetime,
    secret: bytes | None,
) -> None:
    """
    End what was begun in tenures that have ended, as changes show that a carrier has just reported.

    `known` has the whole history of each number by its E.164 form, these changes included. `secret` keys
    the hash under which choices are remembered; without it, they cannot be found. Nothing is done for a
    number for which nobody has begun anything: of a country's, nearly all.
    """
    if (since := _oldest(connection)) is None:
        return
    turning = {change.number.e164: change.number for change in reported if may_end(change, since)}
    begun = _begun(connection, turning) | _chosen(connection, turning.values(), secret=secret)
    ending = {
        turning[e164]: before
        for e164 in sorted(begun)
        if (before := ends_before(tenures(known[e164]), now)) is not None
    }
    if ending:
        _end(connection, ending, by=by, now=now, secret=secret)


def _oldest(connection: Connection) -> datetime | None:
    """When the oldest of what holders have begun was begun; `None` when there is nothing."""
    firsts = [
        select(func.min(proofs_table.c.started_at)),
        select(func.min(queries_table.c.asked_at)),
        select(func.min(orders_table.c.placed_at)).where(orders_table.c.forgotten_at.is_(None)),
        select(func.min(choices_table.c.chosen_at)),
        select(func.min(statements_table.c.said_at)),
    ]
    return min((at for first in firsts if (at := connection.scalar(first)) is not None), default=None)


def _begun(connection: Connection, numbers: Iterable[str]) -> set[str]:
    """Of these numbers, those for which somebody has begun anything that has not ended."""
    kind, wanted = connection.dialect.name, list(numbers)
    if not wanted:
        return set()
    statement = _BEGUN.format(these=_THESE[kind])
    given = (json.dumps(wanted),) if kind == "sqlite" else {"these": ",".join(wanted)}
    return set(connection.exec_driver_sql(statement, given).scalars())


def _chosen(connection: Connection, numbers: Iterable[Number], *, secret: bytes | None) -> set[str]:
    """Of these numbers, those about whose records a holder has chosen anything."""
    # A country's numbers take a minute to hash; where nothing is remembered, that is for nothing.
    if secret is None or connection.scalar(select(choices_table.c.choice).limit(1)) is None:
        return set()
    hashes = {keyed(number, secret=secret): number.e164 for number in numbers}
    return {hashes[one] for one in choices.remembered(connection, hashes)}


def _end(
    connection: Connection,
    ending: Mapping[Number, datetime],
    *,
    by: str,
    now: datetime,
    secret: bytes | None,
) -> None:
    """
    End what was begun for numbers, for each before an instant.

    A platform answers for many numbers in one transaction: it takes questions by their ids, then orders by
    theirs. So does this, all at once; number by number, the two would wait for each other.
    """
    # Proofs first: whoever is asking or ordering by one holds it, and is through when it can be ended. So
    # nothing that they do can come after what is read here.
    for number, before in ending.items():
        proofs.end(connection, number, before=before)
        statements.erase_of(connection, number, before=before)
        if secret is not None:
            choices.erase_of(connection, keyed(number, secret=secret), before=before)
    queries.hold(connection, ending)
    _close(connection, ending)
    lapsing = orders.unsettled(connection, before=ending)
    moves = [(order, order.lapse(now)) for order in lapsing]
    orders.move(connection, moves, at=now, by=by, because=NUMBER_LEFT)
    mailbox.withdraw(connection, [order.id for order in lapsing])
    # Once more: a platform that was just settling an order was waited for, and a second look follows on that.
    _close(connection, ending)
    heard = [order for order in lapsing if order.leave_at <= now]
    mailbox.leave(connection, [order_revoked(order, jti=ids.new("set"), now=now) for order in heard])


def _close(connection: Connection, ending: Mapping[Number, datetime]) -> None:
    for number, before in ending.items():
        queries.erase_of(connection, number, before=before)
        mailbox.withdraw_questions(connection, number, before=before)
