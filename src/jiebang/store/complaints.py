"""Signals that a platform could not read, for people to look at; letters of its own are marked themselves."""

from collections.abc import Iterable

from sqlalchemy import Connection

from jiebang.store.insert_new import insert_new
from jiebang.store.tables import complaints


def add(connection: Connection, platform_id: str, *, seqs: Iterable[int]) -> None:
    """Note complaints; the same again changes nothing."""
    insert_new(connection, complaints, rows=[{"platform_id": platform_id, "seq": seq} for seq in seqs])
