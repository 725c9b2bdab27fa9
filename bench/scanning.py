"""
The index of a million accounts, filled from an SQL store: how fast, and how large.

Held against the same rows read and written by the plain driver, into a plain table of the same facts, with
numbers in the clear, to be searched by number and by account as the index can. Each runs in a process of its
own.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.figures import Figure, peak_megabytes
from jiebang.agent import loop
from jiebang.agent.config import load
from jiebang.wire import keys

ACCOUNTS = 1_000_000
_PAGE = 1_000
_PART = 20_000
_GOAL_PACE, _GOAL_SIZE = 0.2, 1.0
_CONFIG = """
hub = "http://127.0.0.1:9"
platform = "par_shop"
key_file = "agent-key.json"
ledger = "ledger.db"
canary = "+8613700137000"
canary_absent = "+8613700137999"

[index]
file = "index.db"
key_file = "index-key"

[connector]
type = "sql"
url = "sqlite:///shop.db"

[[connector.record]]
kind = "account"
verify = "select phone as number from customer where id = :handle"
unbind = "update customer set phone = null where id = :handle and phone = :stored"
list = "{listed}"
list_from = ["2000-01-01", "0"]
list_by = "change"
read = "select id as handle, phone as number from customer where id = :handle"
"""
_LISTED = (
    "select id as handle, phone as number, changed_at as mark from customer"
    " where (changed_at, id) > ({mark}, {handle}) order by changed_at, id limit {most}"
)
_PLAIN = "create table facts (number text, handle text, primary key (number, handle)) without rowid"
_BY_HANDLE = "create index by_handle on facts (handle)"


def measure(directory: Path, *, accounts: int = ACCOUNTS) -> Iterator[Figure]:
    """Fill both, and look how large they are."""
    folder = directory / "scanning"
    folder.mkdir()
    _shop(folder, accounts)
    (ours, most), (bare, bare_most) = _apart(_scanned, folder), _apart(_bare, folder)
    pace, theirs = accounts / ours, accounts / bare
    yield Figure(
        what=f"accounts scanned a second, of {accounts:,}",
        measured=f"{pace:,.0f}, {most:.0f} MB at its peak",
        against=f"bare reads and writes: {theirs:,.0f}, {bare_most:.0f} MB",
        ratio=pace / theirs,
        goal=f"at least {_GOAL_PACE}",
        met=pace / theirs >= _GOAL_PACE,
    )
    size, plain = (path.stat().st_size / accounts for path in (folder / "index.db", folder / "plain.db"))
    yield Figure(
        what="bytes for an account in the index",
        measured=f"{size:.1f}",
        against=f"a plain table of numbers and handles: {plain:.1f}",
        ratio=size / plain,
        goal="no larger",
        met=size / plain <= _GOAL_SIZE,
    )


def _apart(work: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    """Run in a process of its own; gives how many seconds it took, and megabytes it needed."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, work, folder).result()


def _measured(work: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    begun = time.perf_counter()
    work(folder)
    return time.perf_counter() - begun, peak_megabytes()


def _scanned(folder: Path) -> None:
    asyncio.run(loop.fill_index(load(folder / "agent.toml"), anew=False, told=lambda _: None))


def _bare(folder: Path) -> None:
    """Read the same pages by the same statement; write the facts in transactions as large."""
    store, plain = sqlite3.connect(folder / "shop.db"), sqlite3.connect(folder / "plain.db")
    plain.execute("pragma journal_mode = wal")
    plain.execute("pragma synchronous = normal")
    plain.execute(_PLAIN)
    plain.execute(_BY_HANDLE)
    statement = _LISTED.format(mark="?", handle="?", most="?")
    mark, handle, part = "2000-01-01", 0, []
    while rows := store.execute(statement, (mark, handle, _PAGE)).fetchall():
        handle, mark = rows[-1][0], rows[-1][2]
        part += [(number, f"account-{own}") for own, number, _ in rows]
        if len(part) >= _PART:
            plain.executemany("insert or replace into facts values (?, ?)", sorted(part))
            plain.commit()
            part = []
    plain.executemany("insert or replace into facts values (?, ?)", part)
    plain.commit()
    plain.close()


def _shop(folder: Path, accounts: int) -> None:
    """Register customers whose numbers are in no order, and the canary."""
    database = sqlite3.connect(folder / "shop.db")
    database.execute("create table customer (id integer primary key, phone text, changed_at text)")
    # 7,368,787 is prime to a hundred million: each serial gives another number.
    numbers = (f"+86138{serial * 7_368_787 % 10**8:08}" for serial in range(accounts - 1))
    rows = (
        (own, number, f"2026-01-01 00:{own // 60 % 60:02}:{own % 60:02}")
        for own, number in enumerate(numbers, 2)
    )
    database.execute("insert into customer values (1, '+8613700137000', '2026-01-01 00:00:00')")
    database.executemany("insert into customer values (?, ?, ?)", rows)
    database.execute("create index by_change on customer (changed_at, id)")
    database.commit()
    database.close()
    keys.write(keys.make(), folder / "agent-key.json")
    listed = _LISTED.format(mark=":mark", handle=":handle", most=":most")
    (folder / "agent.toml").write_text(_CONFIG.format(listed=listed))
