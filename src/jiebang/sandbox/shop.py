"""
A shop's own account store, as such shops have it: one SQLite file, and nothing of Jiebang in it.

Times are the shop's local ones without a zone, telephone numbers eleven digits without a country code, and
closing an account only marks it. Its own triggers write down every change, as an auditor had asked for.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
create table customer (
  id             integer primary key autoincrement,
  phone          text unique,
  nickname       text not null,
  email          text,
  balance_fen    integer not null default 0,
  created_at     text not null default (datetime('now', '+8 hours')),
  phone_bound_at text,
  last_login_at  text,
  deleted_at     text
);
create table marketing_consent (
  id       integer primary key autoincrement,
  phone    text not null,
  channel  text not null check (channel in ('sms', 'call')),
  given_at text not null default (datetime('now', '+8 hours')),
  unique (phone, channel)
);
create table change_log (
  id     integer primary key autoincrement,
  at     text not null default (datetime('now', '+8 hours')),
  entity text not null,
  row_id integer not null,
  what   text not null
);
create trigger customer_added after insert on customer begin
  insert into change_log (entity, row_id, what) values ('customer', new.id, 'added');
end;
create trigger customer_changed after update on customer begin
  insert into change_log (entity, row_id, what) values ('customer', new.id, 'changed');
end;
create trigger customer_gone after delete on customer begin
  insert into change_log (entity, row_id, what) values ('customer', old.id, 'gone');
end;
create trigger consent_added after insert on marketing_consent begin
  insert into change_log (entity, row_id, what) values ('marketing_consent', new.id, 'added');
end;
create trigger consent_changed after update on marketing_consent begin
  insert into change_log (entity, row_id, what) values ('marketing_consent', new.id, 'changed');
end;
create trigger consent_gone after delete on marketing_consent begin
  insert into change_log (entity, row_id, what) values ('marketing_consent', old.id, 'gone');
end;
"""


_SIGN_UP = """
insert into customer (phone, nickname, email, balance_fen, created_at, phone_bound_at, last_login_at)
values (
  ?, ?, ?, ?,
  coalesce(?, datetime('now', '+8 hours')),
  coalesce(?, datetime('now', '+8 hours')),
  coalesce(?, datetime('now', '+8 hours'))
)
"""


class AlreadyRegistered(Exception):  # noqa: N818 - what a sign-up page says
    """This phone number is already registered."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's program: it signs people up, and knows what it has about them."""

    path: Path

    def create(self) -> None:
        """Lay the tables out in a new file."""
        with self._open() as shop:
            shop.execute("pragma journal_mode = wal")
            shop.executescript(SCHEMA)

    def sign_up(
        self,
        number: str,
        nickname: str,
        *,
        email: str | None = None,
        since: str | None = None,
        balance_fen: int = 0,
    ) -> int:
        """
        Open an account and return its id; the unique column refuses with `AlreadyRegistered`.

        `since` is when it was opened and the number bound, where that was not just now.
        """
        with self._open() as shop:
            try:
                row = shop.execute(_SIGN_UP, (number, nickname, email, balance_fen, since, since, since))
            except sqlite3.IntegrityError as refused:
                raise AlreadyRegistered from refused
            return row.lastrowid or 0

    def consent(self, number: str, channel: str, *, given_at: str) -> int:
        """Put a number on the marketing list, and return the entry's id."""
        statement = "insert into marketing_consent (phone, channel, given_at) values (?, ?, ?)"
        with self._open() as shop:
            return shop.execute(statement, (number, channel, given_at)).lastrowid or 0

    def account(self, row_id: int) -> dict[str, Any]:
        """Read all that the shop has about one of its customers."""
        with self._open() as shop:
            return dict(shop.execute("select * from customer where id = ?", (row_id,)).fetchone())

    def advertises_to(self, number: str) -> bool:
        """Whether the number is still on the marketing list."""
        with self._open() as shop:
            found = shop.execute("select 1 from marketing_consent where phone = ?", (number,))
            return found.fetchone() is not None

    def changes(self, row_id: int, *, entity: str = "customer") -> int:
        """Count how often a row was changed after it was added, as the triggers saw it."""
        counted = "select count(*) from change_log where entity = ? and row_id = ? and what <> 'added'"
        with self._open() as shop:
            return int(shop.execute(counted, (entity, row_id)).fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.row_factory = sqlite3.Row
            yield connection
