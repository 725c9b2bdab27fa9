"""A shop of rows: one number an account in a unique column, and triggers that count every change."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import parse
from tests.agent.shop import STATEMENTS, Shop
from tests.systems.gate import Gate, Lie

_CONNECTOR = """
[connector]
type = "sql"
url = "{url}"
spellings = ["national_digits", "e164"]
timezone = "Asia/Shanghai"

[[connector.record]]
kind = "account"
class = "shopping"
can = ["unbind", "deregister"]
find = "{find}"
verify = "{verify}"
unbind = "{unbind}"
deregister = "{deregister}"
"""
_UNBIND = (
    "update customer set phone = null, phone_bound_at = null where id = :handle and phone = :stored"
    " and deleted_at is null"
)


def _all_but(asked: re.Match[bytes]) -> bytes:
    """Ask for everybody else, in as many octets."""
    rest = asked[3].replace(b"and deleted_at is null", b"")
    said = re.sub(rb"\s+", b" ", asked[1] + b" not in " + asked[2] + rest)
    return said.ljust(len(asked[0]))


EVERYONE = Lie(rb"(select [^\0]* where \S+) in (\([^)]*\))([^\0]*)", _all_but)
"""Makes the statement `find` one that finds everybody but who has the number."""


class ShopSystem:
    """The shop of `tests/agent/shop.py`, reached over a gate where its database has a socket."""

    can = frozenset(OrderKind)
    bound = BoundSource.NATIVE
    several_numbers = False
    shared_numbers = False
    tells_logins = True
    touched = frozenset({"phone", "phone_bound_at", "changes"})
    everyone = EVERYONE

    def __init__(self, url: str) -> None:
        self.shop = Shop(url)
        self.name = f"shop-{self.shop.engine.dialect.name}"
        self.rows = count(2)
        self.gate, self.url = gated(self.shop.engine.url)

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part."""
        statements = STATEMENTS | {"unbind": _UNBIND}
        return _CONNECTOR.format(url=url or self.url, **statements)

    def secrets(self) -> Mapping[str, str]:
        """No secret: whoever reaches the database is let in."""
        return {}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register a customer."""
        row = next(self.rows)
        at = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
        more = {} if alone else {"email": f"{row}@mail.example"}
        phone = numbers[0].removeprefix("+86")
        self.shop.add(row, phone=phone, nickname="晚秋", created_at=at, phone_bound_at=at, **more)
        return f"account-{row}"

    def numbers(self, handle: str) -> list[str]:
        """List the customer's one number."""
        phone = self.shop.row(_row(handle))["phone"]
        return [parse(phone, region="CN").e164] if phone else []

    def is_open(self, handle: str) -> bool:
        """Whether the customer is not closed."""
        return self.shop.row(_row(handle))["deleted_at"] is None

    def changes(self, handle: str) -> int | None:
        """Count what the triggers saw."""
        return self.shop.changes(_row(handle))

    def snapshot(self) -> Mapping[str, object]:
        """Every row of every table."""
        with self.shop.engine.connect() as connection:
            customers = connection.execute(sa.text("select * from customer")).mappings().all()
            consents = connection.execute(sa.text("select * from consent")).mappings().all()
            changed = list(connection.execute(sa.text("select customer from changed")).scalars())
        kept: dict[str, object] = {f"consent {row['id']}": dict(row) for row in consents}
        return kept | {
            f"account-{row['id']}": {**row, "changes": changed.count(row["id"])} for row in customers
        }

    @contextmanager
    def down(self) -> Iterator[None]:
        """Shut the gate; where the database is a file, hold the lock on all of it."""
        with self.gate.shut() if self.gate else locked(self.shop.engine):
            yield

    def stop(self) -> None:
        """Close the shop; its database belongs to whoever made it."""
        if self.gate:
            self.gate.close()
        self.shop.close()


def gated(url: sa.URL) -> tuple[Gate | None, str]:
    """Put a gate before a database's server, and give the URL that leads through it, without a driver."""
    backend = url.get_backend_name()
    if backend == "sqlite":
        return None, url.render_as_string()
    gate = Gate(url.port or f"{url.query['host']}/.s.PGSQL.5432")
    through = sa.URL.create(backend, url.username, host="127.0.0.1", port=gate.port, database=url.database)
    return gate, through.render_as_string()


@contextmanager
def locked(engine: sa.Engine) -> Iterator[None]:
    """Keep everybody else from an SQLite file."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.rollback()
        raw.execute("begin exclusive")
        try:
            yield
        finally:
            raw.rollback()


@contextmanager
def unwritable(database: Path) -> Iterator[None]:
    """Say in an SQLite file's head that only a later SQLite may write it: no lock keeps root from that."""
    with closing(sqlite3.connect(database)) as operator:
        operator.execute("pragma wal_checkpoint(truncate)")  # else another head is in the log before the file
    version = _put_version(database, b"\3")
    yield
    _put_version(database, version)


def _put_version(database: Path, version: bytes) -> bytes:
    """Write which SQLite may write the file; gives what stood there."""
    with database.open("r+b") as file:
        file.seek(18)
        before = file.read(1)
        file.seek(18)
        file.write(version)
    return before


def _row(handle: str) -> int:
    return int(handle.removeprefix("account-"))
