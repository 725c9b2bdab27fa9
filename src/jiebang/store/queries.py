"""Queries, to whom each was put, and the bindings that came back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from jiebang.domain.binding import Binding, BoundSource, OrderKind, RecordClass, RecordKind
from jiebang.domain.errors import UnknownBinding, UnknownQuery
from jiebang.domain.number import Number
from jiebang.domain.query import Asked, Query
from jiebang.domain.span import Span
from jiebang.store import ids
from jiebang.store.among import among
from jiebang.store.insert_new import insert_new
from jiebang.store.tables import asked as asked_table
from jiebang.store.tables import bindings, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A binding as it lies in the results of a query, with the hub's own id for it."""

    id: str
    platform_id: str
    binding: Binding


def add(connection: Connection, new: Sequence[tuple[Query, Sequence[Asked]]]) -> None:
    """Write down queries, each with the platforms that it is put to."""
    if not new:
        return
    connection.execute(
        insert(queries),
        [
            {
                "id": query.id, "number": query.number, "asked_at": query.asked_at,
                "proof_id": query.proof_id, "order_id": query.order_id,
            }
            for query, _ in new
        ],
    )  # fmt: skip
    put = [
        {"query_id": one.query_id, "platform_id": one.platform_id, "slow_at": one.slow_at}
        for _, to in new
        for one in to
    ]
    connection.execute(insert(asked_table), put)


def get(connection: Connection, query_id: str, *, number: Number) -> Query:
    """Find a holder's query about their number; for everybody else it is an `UnknownQuery`."""
    wanted = select(queries).where(
        queries.c.id == query_id, queries.c.number == number, queries.c.order_id.is_(None)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise UnknownQuery
    return _query(row)


def of_holder(connection: Connection, number: Number, *, since: datetime | None = None) -> list[Query]:
    """What a number's holder has asked, newest first; `since` leaves out what was asked before."""
    wanted = select(queries).where(queries.c.number == number, queries.c.order_id.is_(None))
    if since is not None:
        wanted = wanted.where(queries.c.asked_at >= since)
    return [_query(row) for row in connection.execute(wanted.order_by(queries.c.asked_at.desc()))]


def put_to(
    connection: Connection, platform_id: str, *, query_ids: Iterable[str]
) -> dict[str, tuple[Query, Asked]]:
    """Of these queries, those that were put to the platform, locked until the transaction ends."""
    wanted = (
        select(queries, asked_table)
        .join(asked_table, asked_table.c.query_id == queries.c.id)
        .where(asked_table.c.platform_id == platform_id, among(connection, queries.c.id, values=query_ids))
        .order_by(queries.c.id)
        .with_for_update(of=asked_table)
    )
    return {row.id: (_query(row), _asked(row)) for row in connection.execute(wanted)}


def asked(connection: Connection, query_id: str) -> list[Asked]:
    """How each platform that a query was put to stands."""
    wanted = select(asked_table).where(asked_table.c.query_id == query_id)
    return [_asked(row) for row in connection.execute(wanted)]


def answered(connection: Connection, query_ids: Sequence[str], *, platform_id: str, now: datetime) -> None:
    """Write down that a platform's answers to these queries are complete."""
    complete = update(asked_table).where(
        among(connection, asked_table.c.query_id, values=query_ids), asked_table.c.platform_id == platform_id
    )
    if query_ids:
        connection.execute(complete.values(answered_at=now))


def answered_partly(
    connection: Connection, query_ids: Sequence[str], *, platform_id: str, now: datetime
) -> None:
    """Write down that a platform has said a part, or that it has seen nothing so far, and may say more."""
    partly = update(asked_table).where(
        among(connection, asked_table.c.query_id, values=query_ids), asked_table.c.platform_id == platform_id
    )
    if query_ids:
        connection.execute(partly.values(partly_at=now))


def keep(
    connection: Connection, platform_id: str, *, answers: Iterable[tuple[str, Sequence[Binding]]]
) -> None:
    """Keep the bindings of answers, given by query id; a handle that was named before stays as it was."""
    rows = [
        _columns(query_id, platform_id, binding=binding) for query_id, told in answers for binding in told
    ]
    insert_new(connection, bindings, rows=rows)


def found(connection: Connection, query_id: str) -> list[Found]:
    """What has come back so far, by platform and in the order of handles."""
    wanted = select(bindings).where(bindings.c.query_id == query_id)
    return [
        _found(row) for row in connection.execute(wanted.order_by(bindings.c.platform_id, bindings.c.handle))
    ]


def count_found(connection: Connection, query_ids: Sequence[str], *, platform_id: str) -> int:
    """Of these queries, to how many the platform has named records."""
    if not query_ids:
        return 0
    named = select(func.count(bindings.c.query_id.distinct())).where(
        among(connection, bindings.c.query_id, values=query_ids), bindings.c.platform_id == platform_id
    )
    return connection.scalar(named) or 0


def found_by_ids(connection: Connection, ids_wanted: Sequence[str], *, number: Number) -> list[Found]:
    """Find bindings in a holder's own results, in the order asked for; refuses with `UnknownBinding`."""
    wanted = (
        select(bindings)
        .join(queries, queries.c.id == bindings.c.query_id)
        .where(among(connection, bindings.c.id, values=ids_wanted), queries.c.number == number)
    )
    by_id = {row.id: _found(row) for row in connection.execute(wanted)}
    if not by_id.keys() >= set(ids_wanted):
        raise UnknownBinding
    return [by_id[one] for one in ids_wanted]


def erase(connection: Connection, *, before: datetime) -> None:
    """Erase queries that were put before an instant, with all that was answered."""
    connection.execute(delete(queries).where(queries.c.asked_at < before))


def second_looks(connection: Connection, number: Number) -> set[str]:
    """The hub's own queries about a number that have not been answered yet."""
    wanted = select(queries.c.id).join(asked_table, asked_table.c.query_id == queries.c.id)
    waiting = wanted.where(
        queries.c.number == number, queries.c.order_id.is_not(None), asked_table.c.answered_at.is_(None)
    )
    return set(connection.scalars(waiting))


def hold(connection: Connection, numbers: Iterable[Number]) -> None:
    """Wait for whoever is answering about these numbers, and let nobody else begin."""
    if connection.dialect.name == "sqlite":  # one writer at a time as it is
        return
    wanted = (
        select(asked_table.c.query_id)
        .join(queries, queries.c.id == asked_table.c.query_id)
        .where(among(connection, queries.c.number, values=numbers))
        .order_by(queries.c.id)
        .with_for_update(of=asked_table)
    )
    connection.execute(wanted).all()


def erase_of(
    connection: Connection, number: Number, *, before: datetime | None = None, keeping: Collection[str] = ()
) -> None:
    """Erase what was asked about a number, all or before an instant, with all that was answered."""
    asked = delete(queries).where(queries.c.number == number, queries.c.id.not_in(list(keeping)))
    connection.execute(asked if before is None else asked.where(queries.c.asked_at < before))


def _columns(query_id: str, platform_id: str, *, binding: Binding) -> Mapping[str, Any]:
    return {
        "id": ids.new("bnd"),
        "query_id": query_id,
        "platform_id": platform_id,
        "handle": binding.handle,
        "kind": binding.kind.value,
        "label": binding.label,
        "record_class": binding.record_class.value,
        "bound_not_before": binding.bound.not_before,
        "bound_not_after": binding.bound.not_after,
        "bound_source": binding.bound_source.value,
        "last_used": binding.last_used,
        "other_logins": binding.other_logins,
        "can": sorted(kind.value for kind in binding.can),
        "conditions": list(binding.conditions),
    }


def _found(row: Row[Any]) -> Found:
    binding = Binding(
        handle=row.handle, kind=RecordKind(row.kind), label=row.label,
        record_class=RecordClass(row.record_class),
        bound=Span(row.bound_not_before, row.bound_not_after),
        bound_source=BoundSource(row.bound_source), last_used=row.last_used,
        other_logins=row.other_logins, can=frozenset(OrderKind(kind) for kind in row.can),
        conditions=tuple(row.conditions),
    )  # fmt: skip
    return Found(id=row.id, platform_id=row.platform_id, binding=binding)


def _query(row: Row[Any]) -> Query:
    return Query(
        id=row.id, number=row.number, asked_at=row.asked_at, proof_id=row.proof_id, order_id=row.order_id
    )


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        query_id=row.query_id, platform_id=row.platform_id, slow_at=row.slow_at, answered_at=row.answered_at,
        partly_at=row.partly_at,
    )  # fmt: skip
