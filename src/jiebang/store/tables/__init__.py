"""The tables. What a column means is said where the domain defines it; here stand only keys and indexes."""

from jiebang.store.tables.common import metadata
from jiebang.store.tables.guard import canaries, habits, suspicions, tallies
from jiebang.store.tables.holders import (
    asked,
    bindings,
    choices,
    proofs,
    queries,
    sessions,
    statements,
    texts,
)
from jiebang.store.tables.journal import checkpoints, journal, nodes
from jiebang.store.tables.numbers import changes, clearances, complaints, loads, signals
from jiebang.store.tables.orders import escalated_orders, live_orders, orders, receipts
from jiebang.store.tables.parties import assertions, parties
from jiebang.store.tables.streams import cursors, letters, questions, streams, subjects

__all__ = [
    "asked", "assertions", "bindings", "canaries", "changes", "checkpoints", "choices", "clearances",
    "complaints", "cursors", "escalated_orders", "habits", "journal", "letters", "live_orders", "loads",
    "metadata", "nodes", "orders", "parties", "proofs", "queries", "questions", "receipts", "sessions",
    "signals", "statements", "streams", "subjects", "suspicions", "tallies", "texts",
]  # fmt: skip
