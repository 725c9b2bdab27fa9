"""The journal: entries are written with what they tell of, and sealed a little later, in their order."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, insert, select, text, update

from jiebang.domain import journal as told
from jiebang.domain.journal import Entry, Sealed
from jiebang.domain.merkle import Perfect, leaf, node
from jiebang.store.among import among
from jiebang.store.tables import checkpoints, journal, nodes

_KEPT = 8
"""Of the tree, the digests of every eighth level are kept: to find another one, 256 are read at the most."""
_LOCK = 0x6A6F75726E  # "journ": one process seals at a time
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that is not sealed yet."""

    seq: int
    text: str


def write(connection: Connection, entries: Iterable[Entry]) -> None:
    """Write entries down, in the transaction of what they tell of."""
    rows = [
        {"order_id": entry.order_id, "proof_id": entry.proof_id, "entry": entry.text()} for entry in entries
    ]
    if rows:
        connection.execute(insert(journal), rows)


def of_orders(connection: Connection, order_ids: Iterable[str]) -> dict[str, list[Entry]]:
    """What was written about these orders, oldest first."""
    found: dict[str, list[Entry]] = defaultdict(list)
    wanted = select(journal.c.order_id, journal.c.entry).where(
        among(connection, journal.c.order_id, values=order_ids)
    )
    for row in connection.execute(wanted.order_by(journal.c.seq)):
        found[row.order_id].append(told.read(row.entry))
    return found


def of_proofs(connection: Connection, proof_ids: Iterable[str]) -> list[Entry]:
    """What fronts did by these proofs, oldest first."""
    wanted = select(journal.c.entry).where(among(connection, journal.c.proof_id, values=proof_ids))
    return [told.read(entry) for entry in connection.scalars(wanted.order_by(journal.c.seq))]


def sealed_of_orders(
    connection: Connection, order_ids: Iterable[str], *, size: int
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Of the journal's first entries, so many, those about orders: whose, where, and what each says."""
    wanted = select(journal.c.order_id, journal.c.place, journal.c.entry).where(
        among(connection, journal.c.order_id, values=order_ids), journal.c.place < size
    )
    for row in connection.execute(wanted.order_by(journal.c.place)):
        yield row.order_id, row.place, json.loads(row.entry)


def lock(connection: Connection) -> None:
    """Let one process at a time seal; SQLite has one writer as it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:what)"), {"what": _LOCK})


def waiting(connection: Connection, *, most: int) -> list[Waiting]:
    """The entries that wait to be sealed, oldest first."""
    wanted = select(journal.c.seq, journal.c.entry).where(journal.c.place.is_(None))
    rows = connection.execute(wanted.order_by(journal.c.seq).limit(most))
    return [Waiting(row.seq, row.entry) for row in rows]


def count_waiting(connection: Connection) -> tuple[int, int]:
    """How many entries wait to be sealed, and how many of those are from before others that are sealed."""
    unsealed = select(func.count()).select_from(journal).where(journal.c.place.is_(None))
    last = select(journal.c.seq).where(journal.c.place.is_not(None)).order_by(journal.c.place.desc()).limit(1)
    before = unsealed.where(journal.c.seq < last.scalar_subquery())
    return connection.scalar(unsealed) or 0, connection.scalar(before) or 0


def sealed_size(connection: Connection) -> int:
    """How many entries are sealed."""
    return connection.scalar(select(func.max(checkpoints.c.size))) or 0


def last_chain(connection: Connection, size: int) -> bytes:
    """What the next entry is chained to, after so many."""
    found = connection.scalar(select(journal.c.chain).where(journal.c.place == size - 1))
    return bytes.fromhex(found) if found else told.START


def seal(connection: Connection, chained: Sequence[tuple[int, int, bytes]]) -> None:
    """Give entries, by `seq`, their places and links."""
    given = update(journal).where(journal.c.seq == bindparam("at_seq"), journal.c.place.is_(None))
    connection.execute(
        given.values(place=bindparam("given_place", type_=BigInteger), chain=bindparam("given_chain")),
        [{"at_seq": seq, "given_place": place, "given_chain": chain.hex()} for seq, place, chain in chained],
    )


def keep_nodes(connection: Connection, complete: Iterable[tuple[int, int, bytes]]) -> None:
    """Keep those of the tree's digests by which the others are found."""
    rows = [
        {"level": level, "at": at, "digest": digest.hex()}
        for level, at, digest in complete
        if level % _KEPT == 0
    ]
    if rows:
        connection.execute(insert(nodes), rows)


def tree(connection: Connection) -> Perfect:
    """The tree of the sealed entries: finds the digest of any perfect subtree in it."""

    def perfect(level: int, at: int) -> bytes:
        kept = level // _KEPT * _KEPT
        start, stop = at << level - kept, (at + 1) << level - kept
        if kept == 0:
            entries = select(journal.c.entry).where(journal.c.place >= start, journal.c.place < stop)
            digests = [leaf(one.encode()) for one in connection.scalars(entries.order_by(journal.c.place))]
        else:
            found = select(nodes.c.digest).where(
                nodes.c.level == kept, nodes.c.at >= start, nodes.c.at < stop
            )
            digests = [bytes.fromhex(one) for one in connection.scalars(found.order_by(nodes.c.at))]
        while len(digests) > 1:
            digests = [node(left, right) for left, right in zip(digests[::2], digests[1::2], strict=True)]
        return digests[0]

    return perfect


def add_checkpoint(connection: Connection, size: int, *, note: str, now: datetime) -> None:
    """Keep a signed checkpoint."""
    connection.execute(insert(checkpoints).values(size=size, note=note, sealed_at=now))


def latest_checkpoint(connection: Connection) -> str | None:
    """The newest checkpoint as it was signed; `None` before the first."""
    return connection.scalar(select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1))


def all_checkpoints(connection: Connection) -> dict[int, str]:
    """Every checkpoint as it was signed, by how many entries it is kept for, oldest first."""
    rows = connection.execute(select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size))
    return {row.size: row.note for row in rows}


def sealed(connection: Connection) -> Iterator[Sealed]:
    """Every sealed entry, from the first on, without ever holding many."""
    last = -1
    while page := _page(connection, last):
        yield from page
        last = page[-1].place


def _page(connection: Connection, last: int) -> list[Sealed]:
    # A country's journal has a thousand million: as rows of SQLAlchemy's, each would take twice as long.
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    columns = "place, entry, chain, order_id, proof_id"
    wanted = f"select {columns} from journal where place > {mark} order by place limit {_CHUNK}"  # noqa: S608 - nobody's words are in it
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(wanted, (last,))
        return [Sealed._make(row) for row in cursor.fetchall()]
