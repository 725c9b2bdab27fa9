"""
Entries: what the index keeps of accounts, and how the old entries of an account go when it is listed again.

An account's handle stands once for each of its numbers, beside the number's hash. What an account had when it
was last listed is kept under its tag, a hash of its handle. Two accounts with one tag (a store of a hundred
million has such by a chance of one in three thousand) at worst leave an entry behind, and none is believed.
"""

import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jiebang.agent.index.key import IndexKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is kept of one account: its handle, that handle's hash, and those of its numbers, if any."""

    handle: str = field(repr=False)
    tag: int
    numbers: frozenset[int]


def keep(writing: sqlite3.Connection, accounts: Sequence[Account]) -> None:
    """Make the entries of accounts those that they have now; what was there before and is no more, goes."""
    latest = {account.handle: account for account in accounts}
    by_tag = sorted(latest.values(), key=lambda account: account.tag)
    before = _before(writing, [account.tag for account in by_tag])
    anew, this_round = writing.execute("select anew, round from progress").fetchone()
    old, new, seen, empty = [], [], [], []
    for account in by_tag:
        had = before.get(account.tag, frozenset())
        old += [(number, account.handle) for number in had - account.numbers]
        new += [(number, account.handle) for number in account.numbers - had]
        if not account.numbers:
            empty.append((account.tag,))
        elif anew or had != account.numbers:
            seen.append((account.tag, _packed(account.numbers), this_round))
    writing.executemany("delete from entries where number = ? and handle = ?", old)
    # In the table's own order, so that each of its pages is written once.
    writing.executemany("insert or ignore into entries values (?, ?)", sorted(new))
    writing.executemany("insert or replace into accounts values (?, ?, ?)", seen)
    writing.executemany("delete from accounts where tag = ?", empty)


def drop_unseen(writing: sqlite3.Connection, key: IndexKey, *, most: int) -> int:
    """Drop accounts that were not met in this round, `most` of them; says how many."""
    unseen = writing.execute(
        "select tag, numbers from accounts where round < (select round from progress) limit ?", (most,)
    ).fetchall()
    old = [
        (number, handle)
        for tag, packed in unseen
        for number in _unpacked(packed)
        for handle in _handles(writing, number)
        if key.handle(handle) == tag
    ]
    writing.executemany("delete from entries where number = ? and handle = ?", old)
    writing.executemany("delete from accounts where tag = ?", [(tag,) for tag, _ in unseen])
    return len(unseen)


def _before(writing: sqlite3.Connection, tags: Sequence[int]) -> Mapping[int, frozenset[int]]:
    wanted = "select tag, numbers from accounts where tag in (select value from json_each(?))"
    return {tag: _unpacked(packed) for tag, packed in writing.execute(wanted, (json.dumps(tags),))}


def _handles(writing: sqlite3.Connection, number: int) -> Iterator[str]:
    for row in writing.execute("select handle from entries where number = ?", (number,)).fetchall():
        yield row[0]


def _packed(numbers: Iterable[int]) -> bytes:
    return array("q", sorted(numbers)).tobytes()


def _unpacked(packed: bytes) -> frozenset[int]:
    return frozenset(array("q", packed))
