"""A shop of rows, on SQLite, PostgreSQL or MariaDB, that counts how often each customer was changed."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jiebang.wire import keys

CANARY, ABSENT = "+8613700137000", "+8613700137999"

TABLES = (
    """create table customer (
         id integer primary key, phone varchar(40) unique, nickname text, email text, phone_bound_at text,
         created_at text, last_login_at text, deleted_at text)""",
    "create table consent (id integer primary key, phone text, channel text, given_at text)",
    "create table changed (customer integer)",
)
COUNTED = {
    "sqlite": (
        """create trigger count_changes after update on customer
           begin insert into changed values (new.id); end""",
    ),
    "mariadb": (
        """create trigger count_changes after update on customer
           for each row insert into changed values (new.id)""",
    ),
    "postgresql": (
        """create function count_changes() returns trigger language plpgsql as
           $$ begin insert into changed values (new.id); return new; end $$""",
        """create trigger count_changes after update on customer
           for each row execute function count_changes()""",
    ),
}
CONFIG = """
hub = "{hub}"
platform = "par_shop"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "+8613700137000"
canary_absent = "+8613700137999"
most_records = 3

[connector]
type = "sql"
url = "{url}"
spellings = ["e164", "national_digits", "national"]
timezone = "Asia/Shanghai"

[[connector.record]]
kind = "account"
class = "shopping"
can = ["unbind", "deregister"]
find = "{find}"
verify = "{verify}"
unbind = {unbind}
deregister = {deregister}

[[connector.record]]
kind = "subscription"
class = "shopping"
find = "select id as handle, phone as number, channel as label from consent where phone in :spellings"
verify = "select id as handle, phone as number from consent where id = :handle"
unbind = "delete from consent where id = :handle and phone = :stored"
"""
STATEMENTS = {
    "find": "select id as handle, phone as number, nickname as label, phone_bound_at as bound_at,"
    " created_at, last_login_at as last_used, case when email is null then 0 else 1 end as other_logins"
    " from customer where phone in :spellings and deleted_at is null",
    "verify": "select id as handle, phone as number from customer where id = :handle and deleted_at is null",
    "unbind": "update customer set phone = null where id = :handle and phone = :stored",
    "deregister": "update customer set deleted_at = :now, phone = null"
    " where id = :handle and phone = :stored",
}


class Shop:
    """The shop's own side: what its customers see, and what its operator configures."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self.url = self.engine.url.render_as_string()
        self._run(*TABLES, *COUNTED[self.engine.dialect.name])
        self.add(1, phone="13700137000", nickname="canary")

    def add(self, row: int, **columns: str) -> None:
        """Register a customer."""
        customer = sa.table("customer", sa.column("id"), *(sa.column(name) for name in columns))
        self._run(sa.insert(customer).values(id=row, **columns))

    def consent(self, row: int, phone: str) -> None:
        """Write a number on the marketing list."""
        self._run(
            sa.text("insert into consent values (:id, :phone, 'sms', null)").bindparams(id=row, phone=phone)
        )

    def row(self, row: int) -> dict[str, Any]:
        """Read a customer's row."""
        with self.engine.connect() as connection:
            found = connection.execute(sa.text("select * from customer where id = :id"), {"id": row})
            return dict(found.mappings().one())

    def changes(self, row: int) -> int:
        """Count how often a customer was changed since the last one registered."""
        with self.engine.connect() as connection:
            counted = sa.text("select count(*) from changed where customer = :id")
            return int(connection.execute(counted, {"id": row}).scalar_one())

    def run(self, statement: str) -> None:
        """Do to the shop's database whatever a test needs."""
        self._run(statement)

    def config(self, folder: Path, *, hub: str = "http://127.0.0.1:9", **statements: str) -> Path:
        """
        Write the configuration of the shop's agent, with some statements put differently.

        `clean`, `budget` and `objection` are the parts of that name; `flag` marks a customer; a change
        may be a list, as TOML writes it; `released` is how a number that is off looks.
        """
        if not (folder / "agent-key.json").exists():
            keys.write(keys.make(), folder / "agent-key.json")
        path = folder / "agent.toml"
        clean, flag = statements.pop("clean", ""), statements.pop("flag", "")
        clean += statements.pop("budget", "")
        notify = statements.pop("objection", "")
        released = statements.pop("released", "")
        written = STATEMENTS | statements
        for change in ("unbind", "deregister"):
            if not written[change].startswith("["):
                written[change] = f'"{written[change]}"'
        written["unbind"] += f'\nreleased = "{released}"' if released else ""
        config = CONFIG.format(hub=hub, url=self.url, **written)
        if flag:
            config = config.replace("deregister = ", f'flag = "{flag}"\nderegister = ', 1)
        objection = f'\n[objection]\nnotify = "{notify}"\n' if notify else ""
        path.write_text(config + clean + objection)
        return path

    def close(self) -> None:
        """Close the shop."""
        self.engine.dispose()

    def _run(self, *statements: str | sa.Executable) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement) if isinstance(statement, str) else statement)
