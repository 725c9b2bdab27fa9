"""
`django-scim2`, a SCIM server that nobody here wrote, in a Django site of its own process, on SQLite.

It says of itself that it cannot filter, and can; it knows no versions of accounts; it pages by fifty.
"""

import json
import os
import secrets
import socket
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
from tests.systems.system import CANARY

Json: TypeAlias = Any
_TOKEN = "a-token-for-the-site"
_SECRET = "SCIM_SITE_TOKEN"
_ROOT = Path(__file__).parents[2]


class DjangoScim:
    """A running site."""

    name = "django-scim2"
    can = frozenset(OrderKind)
    bound = BoundSource.ACCOUNT_CREATED
    several_numbers = True
    shared_numbers = True

    def __init__(self, find: str = "filter") -> None:
        self.find = find
        self.folder = TemporaryDirectory(prefix="jiebang-scim-site-")
        self.database = Path(self.folder.name) / "site.db"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}/scim/v2"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.systems.scim_site", str(port)], cwd=_ROOT,
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
url = "{url or self.url}"
bearer_token_env = "{_SECRET}"
spellings = ["e164", "rfc3966"]
class = "social"
can = ["unbind", "deregister"]
find = "{self.find}"
"""

    def secrets(self) -> Mapping[str, str]:
        """Give the environment in which the agent finds the token."""
        return {_SECRET: _TOKEN}

    def add(self, *numbers: str) -> str:
        """Register somebody with these numbers; gives the handle of their account."""
        return self.register(f"person-{next(self._serial)}-{secrets.token_hex(3)}", *numbers)

    def register(self, name: str, *numbers: str) -> str:
        """Register somebody under a name; gives the handle of their account."""
        schema = "urn:ietf:params:scim:schemas:core:2.0:User"
        lines = [{"value": number} for number in numbers]
        said = {"schemas": [schema], "userName": name, "phoneNumbers": lines, "active": True}
        return "account-" + str(self.call("POST", "/Users", said)["id"])

    def numbers(self, handle: str) -> list[str]:
        """List an account's numbers; none for one that is gone."""
        rows = self._rows("select number from line where person_id = ? order by id", handle[8:])
        return [number for (number,) in rows]

    def is_open(self, handle: str) -> bool:
        """Whether the account is there and active."""
        return self._rows("select is_active from person where id = ?", handle[8:]) == [(1,)]

    def snapshot(self) -> Mapping[str, object]:
        """Every row of the site, and not when it was last written."""
        people = self._rows("select id, username, is_active, password, email from person order by id")
        lines = self._rows("select id, person_id, number from line order by id")
        return {f"person {row[0]}": row for row in people} | {f"line {row[0]}": row for row in lines}

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(10)
        self.folder.cleanup()

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
