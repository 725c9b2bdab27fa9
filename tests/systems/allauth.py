"""`django-allauth`, which nobody here wrote, as a whole site in a process of its own, on SQLite."""

import json
import os
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from jiebang import sandbox
from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.sandbox.program import Program, free_port, until
from jiebang.sandbox.web import is_up
from tests.systems.system import CANARY

EXAMPLE = Path(sandbox.__file__).parent / "configs/allauth.toml"
_ROOT = Path(__file__).parents[2]
_REGISTERED = """
insert into member (username, email, phone, phone_verified, password, date_joined, is_active, is_staff,
                    is_superuser, first_name, last_name)
values (?, ?, ?, true, 'md5$salt$hash', ?, true, false, false, '', '')
"""


class AllauthSystem:
    """A running site; the agent's configuration is the one that people are told to copy."""

    name = "allauth"
    can = frozenset(OrderKind)
    bound = BoundSource.ACCOUNT_CREATED
    several_numbers = False
    shared_numbers = False
    tells_logins = True
    touched = frozenset({"phone", "phone_verified"})

    def __init__(self, folder: Path) -> None:
        self.database, self.texts = folder / "site.db", folder / "texts.jsonl"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.program = Program(
            [sys.executable, "-m", "tests.systems.django_site", "allauth_site", str(port)],
            output=folder / "site.log",
            environment={
                "ALLAUTH_SITE_DATABASE": str(self.database), "ALLAUTH_SITE_TEXTS": str(self.texts),
                "PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path]),
            },
        )  # fmt: skip
        self.program.start()
        self.program.until("the site listens", lambda: is_up(self.url))
        self.serial = count(1)
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Take the `[connector]` part out of the example."""
        _, start, connector = EXAMPLE.read_text().partition("[connector]")
        return re.sub(
            r'(?m)^url = "[^"]+"', f'url = "{url or f"sqlite:///{self.database}"}"', start + connector
        )

    def secrets(self) -> Mapping[str, str]:
        """No secret: whoever may read the file is let in."""
        return {}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register a member, as the site itself would have written it."""
        name = f"wanqiu{next(self.serial)}"
        email = "" if alone else f"{name}@mail.example"
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(self._opened()) as connection, connection:
            row = connection.execute(_REGISTERED, (name, email, numbers[0], at)).lastrowid
        return f"account-{row}"

    def numbers(self, handle: str) -> list[str]:
        """List the member's one number."""
        phone = self._member(handle)["phone"]
        return [phone] if phone else []

    def is_open(self, handle: str) -> bool:
        """Whether the member may come in."""
        return bool(self._member(handle)["is_active"])

    def changes(self, handle: str) -> int | None:
        """Nobody counts."""
        del handle
        return None

    def snapshot(self) -> Mapping[str, object]:
        """Every row of every table."""
        with closing(self._opened()) as connection:
            rows = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            kept = {name: _rows(connection, name) for (name,) in rows}
        members = {f"account-{row['id']}": row for row in kept.pop("member")}
        return {**kept, **members}

    @contextmanager
    def down(self) -> Iterator[None]:
        """Keep everybody from the file."""
        with closing(self._opened()) as connection:
            connection.execute("begin exclusive")
            yield
            connection.execute("rollback")

    def stop(self) -> None:
        """End the site."""
        self.program.stop()

    def sent(self, number: str) -> list[str]:
        """List the codes that were texted to a number."""
        if not self.texts.exists():
            return []
        texts = map(json.loads, self.texts.read_text().splitlines())
        return [text["code"] for text in texts if text["to"] == number]

    def await_code(self, number: str, *, after: int) -> str:
        """Wait for the next code that is texted to a number, after so many."""
        return until("a code is texted", lambda: self.sent(number)[after:])[0]

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.database, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    def _member(self, handle: str) -> sqlite3.Row:
        with closing(self._opened()) as connection:
            row: sqlite3.Row = connection.execute(
                "select * from member where id = ?", (handle.removeprefix("account-"),)
            ).fetchone()
        return row


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    rows = connection.execute(f"select * from {table}")  # noqa: S608 - the file's own name for it
    return [dict(row) for row in rows]
