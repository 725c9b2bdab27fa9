"""What was written in the journal is put in its order, chained and sealed."""

from collections.abc import Callable
from datetime import datetime

from jiebang.domain.journal import Checkpoint, chain
from jiebang.domain.merkle import edge_at, leaf
from jiebang.store import journal
from jiebang.store.database import Database


def seal_journal(
    database: Database, *, now: datetime, sign: Callable[[Checkpoint], str], most: int = 10_000
) -> int:
    """
    Seal entries that wait, with one signed checkpoint over all so far; returns how many were sealed.

    Flows write at the same time and never wait for each other: the order is made here. An entry whose
    transaction ended late takes its place late.
    """
    with database.write() as connection:
        journal.lock(connection)
        waiting = journal.waiting(connection, most=most)
        if not waiting:
            return 0
        size = journal.sealed_size(connection)
        edge = edge_at(size, journal.tree(connection))
        before = journal.last_chain(connection, size)
        chained, complete = [], []
        for one in waiting:
            digest = leaf(one.text.encode())
            before = chain(before, digest)
            chained.append((one.seq, edge.size, before))
            complete += edge.add(digest)
        journal.seal(connection, chained)
        journal.keep_nodes(connection, complete)
        note = sign(Checkpoint(edge.size, edge.root()))
        journal.add_checkpoint(connection, edge.size, note=note, now=now)
    return len(waiting)
