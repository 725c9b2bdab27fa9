"""`django-allauth`, which nobody here wrote, as a whole site in a process of its own, on any database."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jiebang import sandbox
from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.sandbox.program import Program, free_port, until
from jiebang.sandbox.web import is_up
from tests.systems.shop import EVERYONE, gated, locked
from tests.systems.system import CANARY

EXAMPLE = Path(sandbox.__file__).parent / "configs/allauth.toml"
_ROOT = Path(__file__).parents[2]
_MEMBERS, _ADDRESSES = "member", "account_emailaddress"


class AllauthSystem:
    """
    A running site; the agent's configuration is the one that people are told to copy.

    The site goes to its database directly; the agent, over a gate where the database has a socket.
    """

    can = frozenset(OrderKind)
    bound = BoundSource.ACCOUNT_CREATED
    several_numbers = False
    shared_numbers = False
    tells_logins = True
    touched = frozenset({"phone", "phone_verified"})
    everyone = EVERYONE

    def __init__(self, url: str, folder: Path) -> None:
        self.engine, self.tables = sa.create_engine(url), sa.MetaData()
        self.name = f"allauth-{self.engine.dialect.name}"
        self.gate, self.url = gated(self.engine.url)
        self.texts = folder / "texts.jsonl"
        port = free_port()
        self.pages = f"http://127.0.0.1:{port}"
        self.program = Program(
            [sys.executable, "-m", "tests.systems.django_site", "allauth_site", str(port)],
            output=folder / "site.log",
            environment={
                "ALLAUTH_SITE_DATABASE": url, "ALLAUTH_SITE_TEXTS": str(self.texts),
                "PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path]),
            },
        )  # fmt: skip
        self.program.start()
        self.program.until("the site listens", lambda: is_up(self.pages))
        self.tables.reflect(self.engine)
        self.serial = count(1)
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Take the `[connector]` part out of the example."""
        _, start, connector = EXAMPLE.read_text().partition("[connector]")
        return re.sub(r'(?m)^url = "[^"]+"', f'url = "{url or self.url}"', start + connector)

    def secrets(self) -> Mapping[str, str]:
        """No secret: whoever reaches the database is let in."""
        return {}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register a member, as the site itself would have written it."""
        name, at = f"wanqiu{next(self.serial)}", datetime.now(UTC)
        email = "" if alone else f"{name}@mail.example"
        member = self.insert(
            _MEMBERS, username=name, email=email, phone=numbers[0], phone_verified=True,
            password="md5$salt$hash", date_joined=at, is_active=True, is_staff=False, is_superuser=False,
            first_name="", last_name="",
        )  # fmt: skip
        if email:
            self.insert(_ADDRESSES, user_id=member, email=email, verified=False, primary=True)
        return f"account-{member}"

    def numbers(self, handle: str) -> list[str]:
        """List the member's one number."""
        phone = self.members()[handle]["phone"]
        return [phone] if phone else []

    def is_open(self, handle: str) -> bool:
        """Whether the member may come in."""
        return bool(self.members()[handle]["is_active"])

    def changes(self, handle: str) -> int | None:
        """Nobody counts."""
        del handle
        return None

    def snapshot(self) -> Mapping[str, object]:
        """Every row of every table."""
        others = self.tables.tables.keys() - {_MEMBERS, _ADDRESSES}
        return {**{name: self.rows(name) for name in others}, **self.members()}

    def members(self) -> dict[str, dict[str, Any]]:
        """Read every member, with the addresses that allauth keeps in a table of their own."""
        addresses = self.rows(_ADDRESSES)
        return {
            f"account-{row['id']}": {
                **row, "addresses": [one for one in addresses if one["user_id"] == row["id"]],
            }
            for row in self.rows(_MEMBERS)
        }  # fmt: skip

    @contextmanager
    def down(self) -> Iterator[None]:
        """Shut the gate; where the database is a file, hold the lock on all of it."""
        with self.gate.shut() if self.gate else locked(self.engine):
            yield

    def stop(self) -> None:
        """End the site; its database belongs to whoever made it."""
        if self.gate:
            self.gate.close()
        self.program.stop()
        self.engine.dispose()

    def sent(self, number: str) -> list[str]:
        """List the codes that were texted to a number."""
        if not self.texts.exists():
            return []
        texts = map(json.loads, self.texts.read_text().splitlines())
        return [text["code"] for text in texts if text["to"] == number]

    def await_code(self, number: str, *, after: int) -> str:
        """Wait for the next code that is texted to a number, after so many."""
        return until("a code is texted", lambda: self.sent(number)[after:] or None)[0]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Read a table, in the order of its keys."""
        table = self.tables.tables[name]
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(table).order_by(*table.primary_key))
            return [dict(row) for row in rows.mappings()]

    def insert(self, name: str, **columns: object) -> int:
        """Write a row into a table; gives its id."""
        with self.engine.begin() as connection:
            written = connection.execute(sa.insert(self.tables.tables[name]).values(**columns))
            assert written.inserted_primary_key is not None
            return int(written.inserted_primary_key[0])

    def update(self, handle: str, **columns: object) -> None:
        """Write something else in a member's row."""
        table = self.tables.tables[_MEMBERS]
        own = table.c.id == int(handle.removeprefix("account-"))
        with self.engine.begin() as connection:
            connection.execute(sa.update(table).where(own).values(**columns))
