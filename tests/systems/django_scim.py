"""
`django-scim2`, a SCIM server that nobody here wrote, in a Django site of its own process, on SQLite.

It says of itself that it cannot filter, and can; it knows no versions of accounts; it pages by fifty.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import Number, parse
from jiebang.sandbox.program import free_port
from tests.systems.gate import Gate, Gated, Lie
from tests.systems.system import CANARY

Json: TypeAlias = Any
_TOKEN = "a-token-for-the-site"
_SECRET = "SCIM_SITE_TOKEN"
_SPELLINGS = ("e164", "rfc3966", "international")
_ROOT = Path(__file__).parents[2]


class DjangoScim(Gated):
    """A running site."""

    name = "django-scim2"
    can = frozenset(OrderKind)
    bound = BoundSource.ACCOUNT_CREATED
    several_numbers = True
    shared_numbers = True
    tells_logins = False
    touched = frozenset({"lines", "changed_at"})

    def __init__(self, find: str = "filter") -> None:
        self.find = find
        self.everyone = Lie(rb"value eq ", b"value ne ") if find == "filter" else None
        self.folder = TemporaryDirectory(prefix="jiebang-scim-site-")
        self.database = Path(self.folder.name) / "site.db"
        port = free_port()
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}/scim/v2"
        self.gate = Gate(port)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.systems.django_site", "scim_site", str(port)], cwd=_ROOT,
            env={**os.environ, _SECRET: _TOKEN, "SCIM_SITE_DATABASE": str(self.database)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._serial = count(1)
        self._wait()
        self.canary = self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part of the agent's configuration."""
        return f"""
[connector]
type = "scim"
url = "{url or self._through_the_gate}"
bearer_token_env = "{_SECRET}"
spellings = ["e164", "rfc3966", "international"]
class = "social"
can = ["unbind", "deregister"]
find = "{self.find}"
"""

    def secrets(self) -> Mapping[str, str]:
        """Give the environment in which the agent finds the token."""
        return {_SECRET: _TOKEN}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register somebody with these numbers; whose number is all there is has it as a name too."""
        name = numbers[0] if alone else f"person-{next(self._serial)}"
        written = [
            Number(number).spelled(_SPELLINGS[numbers[:place].count(number)])
            for place, number in enumerate(numbers)
        ]
        schema = "urn:ietf:params:scim:schemas:core:2.0:User"
        lines = [{"value": number} for number in written]
        said = {"schemas": [schema], "userName": name, "phoneNumbers": lines, "active": True}
        return "account-" + str(self.call("POST", "/Users", said)["id"])

    def numbers(self, handle: str) -> list[str]:
        """List an account's numbers; none for one that is gone."""
        rows = self._rows("select number from line where person_id = ? order by id", handle[8:])
        return [parse(number).e164 for (number,) in rows]

    def is_open(self, handle: str) -> bool:
        """Whether the account is there and active."""
        return self._rows("select is_active from person where id = ?", handle[8:]) == [(1,)]

    def snapshot(self) -> Mapping[str, object]:
        """Every row of the site, by account."""
        lines = self._rows("select person_id, id, number from line order by id")
        people = self._rows("select id, username, is_active, password, email, changed_at from person")
        return {
            f"account-{own}": {
                **dict(zip(("username", "is_active", "password", "email", "changed_at"), facts, strict=True)),
                "lines": [line for line in lines if line[0] == own],
            }
            for own, *facts in people
        }

    def stop(self) -> None:
        """End the process."""
        self.gate.close()
        self.process.terminate()
        self.process.wait(10)
        self.folder.cleanup()

    @property
    def _through_the_gate(self) -> str:
        return f"http://127.0.0.1:{self.gate.port}/scim/v2"

    def call(self, method: str, path: str, said: Json = None) -> Json:
        """Call the site as its operator; gives `None` for what is not there."""
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {_TOKEN}"}
        with closing(HTTPConnection(self.host, timeout=10)) as site:
            site.request(method, f"/scim/v2{path}", None if said is None else json.dumps(said), headers)
            answer = site.getresponse()
            content = answer.read()
        return json.loads(content or b"{}") if answer.status < 400 else None

    def _rows(self, query: str, *filled: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(query, filled).fetchall()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                self.call("GET", "/ServiceProviderConfig")
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the site did not start")
