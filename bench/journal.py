"""How fast a journal is verified, against hashing its entries and nothing else."""

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.figures import Figure
from jiebang.domain.journal import Entry, verify
from jiebang.flows.seal_journal import seal_journal
from jiebang.store import journal
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire.notes import Sealer, open_checkpoint

_ENTRIES = 1_000_000
_MINUTE = 10_000
"""Entries between two checkpoints: as many as a hub writes in a minute, twenty times as fast as today's."""
_ROUNDS = 3
_NOW = datetime(2026, 11, 24, tzinfo=UTC)


def measure(directory: Path) -> Iterator[Figure]:
    """Write and seal a journal once, and verify it some times."""
    database = Database(f"sqlite:///{directory}/journal.db")
    upgrade(database)
    sealer = Sealer("https://hub.example/journal", bytes(32))
    sealing = _seconds(lambda: _write(database, sealer))
    ours, bare = [], []
    texts = [_entry(at).text().encode() for at in range(_ENTRIES)]
    for _ in range(_ROUNDS):
        ours.append(_seconds(lambda: _verify(database, sealer)))
        bare.append(_seconds(lambda: _hash(texts)))
    database.close()
    yield Figure(
        what=f"entries of a journal verified a second, {_ENTRIES:,}",
        measured=f"{_ENTRIES / median(ours):,.0f}",
        against=f"each hashed once, in memory: {_ENTRIES / median(bare):,.0f}",
        ratio=median(bare) / median(ours),
    )
    yield Figure(
        what="entries written and sealed a second",
        measured=f"{_ENTRIES / sealing:,.0f}",
        against=f"each hashed once, in memory: {_ENTRIES / median(bare):,.0f}",
        ratio=median(bare) / sealing,
    )


def _write(database: Database, sealer: Sealer) -> None:
    for start in range(0, _ENTRIES, _MINUTE):
        with database.write() as connection:
            journal.write(connection, (_entry(at) for at in range(start, start + _MINUTE)))
        seal_journal(database, now=_NOW, sign=sealer.seal)


def _entry(at: int) -> Entry:
    return Entry(at=_NOW, what="order:moved", by="holder", order_id=f"ord_{at}", said={"state": "open"})


def _verify(database: Database, sealer: Sealer) -> None:
    with database.read() as connection:
        notes = journal.all_checkpoints(connection)
        checkpoints = [open_checkpoint(note, sealer.verifier()) for note in notes.values()]
        sizes = list(verify(journal.sealed(connection), checkpoints))
    if sizes[-1] != _ENTRIES:
        raise RuntimeError("not all of the journal was verified")


def _hash(texts: list[bytes]) -> None:
    for text in texts:
        hashlib.sha256(text).digest()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
