"""A directory of accounts that nobody can search by number: it lists what has changed, and reads by id."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from jiebang.wire import keys
from tests.agent.shop import ABSENT, CANARY

TABLES = (
    "create table account (id integer primary key, changed_at {instant})",
    "create table number (account integer, number text)",
    "create table consent (id integer primary key, number text)",
)
INSTANT = {"sqlite": "text", "postgresql": "timestamptz"}
LISTED = (
    "select a.id as handle, n.number as number, a.changed_at as mark"
    " from account a left join number n on n.account = a.id"
    " where (a.changed_at, a.id) > (:mark, :handle) order by a.changed_at, a.id limit :most"
)
CONFIG = """
hub = "{hub}"
platform = "par_shop"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "{canary}"
canary_absent = "{absent}"
most_records = 5

{index}

[connector]
type = "sql"
url = "{url}"
spellings = ["e164", "national_digits"]

[[connector.record]]
kind = "account"
find = "select account as handle, number from number where number in :spellings"
verify = "select number from number where account = :handle"
unbind = "delete from number where account = :handle and number = :stored"
list = "{listed}"
{begins}
read = "select account as handle, number from number where account = :handle"

[[connector.record]]
kind = "subscription"
find = "select id as handle, number from consent where number in :spellings"
verify = "select number from consent where id = :handle"
unbind = "update consent set number = null where id = :handle and number = :stored"
list = "select id as handle, number, id as mark from consent where id > :mark order by id limit :most"
list_from = ["0"]
read = "select id as handle, number from consent where id = :handle"
"""
BEGINS = 'list_from = ["2000-01-01", "0"]\nlist_by = "change"'
INDEX = """
[index]
file = "index.db"
key_file = "index-key"
"""


class Directory:
    """The directory's own side: accounts and consents that come, change and go."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self.url = self.engine.url.render_as_string()
        kind = INSTANT[self.engine.dialect.name]
        self.run(*(table.format(instant=kind) for table in TABLES))
        self.put(1, CANARY, at=datetime(2020, 1, 1, tzinfo=UTC))

    def put(self, account: int, *numbers: str, at: datetime | None = None) -> None:
        """Let an account have these numbers and no others."""
        self.remove(account)
        changed_at = (at or datetime.now(UTC)).isoformat(sep=" ")
        self._run("insert into account values (:id, :at)", [{"id": account, "at": changed_at}])
        self._run("insert into number values (:id, :n)", [{"id": account, "n": number} for number in numbers])

    def put_many(self, first: int, numbers: Sequence[str]) -> None:
        """Add accounts in their thousands, all changed at one time."""
        rows = [{"id": own, "n": number} for own, number in enumerate(numbers, first)]
        self._run("insert into account values (:id, '2020-01-01 00:00:00+00:00')", rows)
        self._run("insert into number values (:id, :n)", rows)

    def remove(self, account: int) -> None:
        """Let an account go without a trace."""
        for statement in ("delete from account where id = :id", "delete from number where account = :id"):
            self._run(statement, [{"id": account}])

    def consent(self, own: int, number: str | None) -> None:
        """Write a number on the marketing list."""
        self._run("delete from consent where id = :id", [{"id": own}])
        self._run("insert into consent values (:id, :n)", [{"id": own, "n": number}])

    def numbers(self, account: int) -> list[str]:
        """List the numbers that an account has."""
        with self.engine.connect() as connection:
            wanted = sa.text("select number from number where account = :id")
            return list(connection.execute(wanted, {"id": account}).scalars())

    def run(self, *statements: str) -> None:
        """Do to the database whatever a test needs."""
        for statement in statements:
            self._run(statement, [{}])

    def _run(self, statement: str, rows: Sequence[dict[str, object]]) -> None:
        if rows:
            with self.engine.begin() as connection:
                connection.execute(sa.text(statement), rows)

    def config(self, folder: Path, *, hub: str = "http://127.0.0.1:9", **parts: str) -> Path:
        """
        Write the configuration of the directory's agent.

        `index` is the part of that name; `listed` lists accounts, and `begins` says from where.
        """
        if not (folder / "agent-key.json").exists():
            keys.write(keys.make(), folder / "agent-key.json")
        path = folder / "agent.toml"
        parts = {"index": INDEX, "listed": LISTED, "begins": BEGINS} | parts
        path.write_text(CONFIG.format(hub=hub, url=self.url, canary=CANARY, absent=ABSENT, **parts))
        return path

    def close(self) -> None:
        """Close the directory."""
        self.engine.dispose()
