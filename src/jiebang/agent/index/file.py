"""
The index file: which accounts may use a number, by keyed hash. No number stands in it.

One SQLite file. How far a list has come is kept in the transaction of what was listed, so that whoever is
killed goes on from there. Entries can be out of date, and are never believed: see `connector.py`.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jiebang.agent.errors import ConfigInvalid, StoreDown, Unsound
from jiebang.agent.index.entries import Account, drop_unseen, keep
from jiebang.agent.index.key import IndexKey
from jiebang.agent.ledger import instant_text
from jiebang.agent.ledger_file import permitted

# An account has an entry for each of its numbers; by its tag is kept what it had when it was last listed.
_LAYOUT = (
    """create table if not exists entries (
         number integer not null, handle text not null, primary key (number, handle)) without rowid""",
    """create table if not exists accounts (
         tag integer primary key, numbers blob not null, round integer not null)""",
    """create table if not exists progress (
         id integer primary key check (id = 1), key_check text not null, reading text not null, mark text,
         begun_at text, anew integer not null default 1, round integer not null default 0, fresh_at text,
         anew_at text, seen integer not null default 0, unreadable integer not null default 0)""",
)
_PRAGMAS = (
    "pragma journal_mode = wal",
    # A crash of the machine may take the latest part back, its mark with it: it is listed once more.
    "pragma synchronous = normal",
    "pragma cache_size = -32768",
    "pragma journal_size_limit = 33554432",
)
_BUSY_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the index has come."""

    mark: str | None
    """Where the list goes on; `None`: at its beginning."""
    begun_at: datetime | None
    """When the pass began that is under way; `None` when there is none."""
    anew: bool
    """Whether that pass lists all accounts, and drops at its end those that it has not met."""
    fresh_at: datetime | None
    """Whatever was changed before this is in the index; `None` until a first pass has come to its end."""
    anew_at: datetime | None
    """When the latest pass over all accounts began."""
    seen: int
    """Accounts listed in this pass, or in the last one."""
    unreadable: int
    """Of their numbers, how many cannot be read as one; they are not in the index."""


class IndexFile:
    """The file, open for looking up and for writing; raises `StoreDown` while it cannot be used."""

    def __init__(self, path: Path, key: IndexKey, *, reading: str) -> None:
        """`reading` says what was listed, and how it is read; an index made by another begins anew."""
        self._path, self._key, self._reading = path, key, reading
        with permitted(path, called="index.file"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        # Looking up waits for no writing, and two threads never use one connection.
        self._looking, self._looking_lock = self._connection(), threading.Lock()
        self._writing, self._writing_lock = self._connection(), threading.Lock()
        self._begin()

    def close(self) -> None:
        """Close the file."""
        self._looking.close()
        self._writing.close()

    def handles(self, number_hash: int, *, most: int) -> list[str]:
        """Look up the accounts that may use a number, `most` of them at the most."""
        wanted = "select handle from entries where number = ? limit ?"
        return [row[0] for row in self._looked_up(wanted, number_hash, most)]

    def progress(self) -> Progress:
        """
        Read how far the index has come, in whatever process it is being filled.

        Made by another reading, it is of another store, and fresh for nobody here.
        """
        row = self._looked_up(
            "select mark, begun_at, anew, fresh_at, anew_at, seen, unreadable, reading from progress"
        )[0]
        return Progress(
            mark=row[0], begun_at=_instant(row[1]), anew=bool(row[2]),
            fresh_at=_instant(row[3]) if row[7] == self._reading else None,
            anew_at=_instant(row[4]), seen=row[5], unreadable=row[6],
        )  # fmt: skip

    def has_met(self, number_hash: int) -> bool:
        """Whether an account with this number was met in the present round."""
        met = "select 1 from accounts where tag = ? and round = (select round from progress)"
        of_number = self._looked_up("select handle from entries where number = ?", number_hash)
        return any(self._looked_up(met, self._key.handle(row[0])) for row in of_number)

    def size(self) -> int:
        """Count the accounts that have a number."""
        return int(self._looked_up("select count(*) from accounts")[0][0])

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep others from filling the index, to the end of this process at the most; says whether it can."""
        # A file of its own: whoever closes SQLite's would let go of SQLite's locks.
        with permitted(self._path, called="index.file"):
            place = os.open(f"{self._path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(place)

    def begin(self, now: datetime, *, anew: bool) -> None:
        """Begin a pass: over all accounts when it is `anew`, else over what follows the mark."""
        at = instant_text(now)
        fresh = "mark = null, round = round + 1," if anew else ""
        with self._filling() as writing:
            writing.execute(
                f"update progress set {fresh} begun_at = ?, anew = ?, seen = 0, unreadable = 0",  # noqa: S608 - one of two constants
                (at, anew),
            )

    def take(self, accounts: Sequence[Account], *, mark: str | None, unreadable: int) -> None:
        """Keep what was listed, and where the list goes on after it, together."""
        with self._filling() as writing:
            keep(writing, accounts)
            writing.execute(
                "update progress set mark = ?, seen = seen + ?, unreadable = unreadable + ?",
                (mark, len(accounts), unreadable),
            )

    def drop_unseen(self, *, most: int) -> int:
        """Drop some of the accounts that a pass over all has not met; says how many."""
        with self._filling() as writing:
            return drop_unseen(writing, self._key, most=most)

    def end(self) -> None:
        """End a pass: what was changed before it began is in the index."""
        with self._filling() as writing:
            writing.execute(
                "update progress set fresh_at = begun_at, begun_at = null, anew = 0,"
                " anew_at = case when anew then begun_at else anew_at end"
            )

    def _begin(self) -> None:
        """Lay the file out; refuse another key's index, and begin anew where another reading made it."""
        with self._changing() as writing:
            for table in _LAYOUT:
                writing.execute(table)
            begun = "insert or ignore into progress (id, key_check, reading) values (1, ?, ?)"
            writing.execute(begun, (self._key.check, self._reading))
            was = writing.execute("select key_check, reading from progress").fetchone()
            if was[1] != self._reading:
                forget = "mark = null, begun_at = null, fresh_at = null, anew_at = null"
                writing.execute(f"update progress set reading = ?, {forget}", (self._reading,))  # noqa: S608 - a constant
        if was[0] != self._key.check:
            raise ConfigInvalid(
                f"index.file {self._path} was made with another key than index.key_file holds. Bring the"
                " key back, or take the index away and run `jiebang agent scan`."
            )

    def _connection(self) -> sqlite3.Connection:
        with _explained(self._path):
            connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
            )
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        return connection

    def _looked_up(self, wanted: str, *given: object) -> list[Any]:
        with self._looking_lock, _explained(self._path):
            return self._looking.execute(wanted, given).fetchall()

    @contextmanager
    def _filling(self) -> Iterator[sqlite3.Connection]:
        """Write, unless somebody has opened the index for another reading: theirs must not be filled so."""
        with self._changing() as writing:
            if writing.execute("select reading from progress").fetchone()[0] != self._reading:
                raise StoreDown(
                    f"The index {self._path} was opened with another configuration since. Start whoever"
                    " runs with this one again, with the one that counts."
                )
            yield writing

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with self._writing_lock, _explained(self._path):
            self._writing.execute("begin immediate")
            try:
                yield self._writing
                self._writing.execute("commit")
            except BaseException:
                if self._writing.in_transaction:
                    self._writing.execute("rollback")
                raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as wrong:
        raise StoreDown(f"The index {path} cannot be used now: {wrong}.") from None
    except sqlite3.DatabaseError:
        raise Unsound(
            f"{path} is not an index, or is damaged: take it away and run `jiebang agent scan`."
        ) from None


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
