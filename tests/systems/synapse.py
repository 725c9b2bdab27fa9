"""Synapse: a Matrix server, whose accounts may have several numbers, and a number one account at the most."""

import hashlib
import hmac
import shutil
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import yaml
from signedjson.key import generate_signing_key, write_signing_keys

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.sandbox.program import free_port
from tests.systems.gate import Gate, Gated
from tests.systems.running import Json, Running
from tests.systems.system import CANARY

_HOST = "matrix.example"
_SHARED = "a-secret-for-registering"
_PASSWORD = "a-password-for-tests"
_OPEN = {"per_second": 1000, "burst_count": 1000}
# Who was seen when, and what other servers are told: not what anybody entrusted to it.
_PASSING = ("user_ips", "user_daily", "device_lists", "user_stats", "users_pending", "monthly_active")
_NAMES = ("puppets_user_id", "full_user_id", "user_id", "name")
"""Columns that name an account; a token that an operator has borrowed is kept as the operator's."""
_PATIENCE_SECONDS = 60
_SEEN = {"last_validated", "used", "last_seen"}


class Synapse(Gated):
    """A running Synapse with its database in SQLite."""

    name = "synapse"
    can = frozenset(OrderKind)
    bound = BoundSource.NATIVE
    several_numbers = True
    shared_numbers = False
    tells_logins = False
    touched = frozenset({"user_threepids"})

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="jiebang-synapse-"))
        self._names = count()
        port = free_port()
        (self._folder / "synapse.yaml").write_text(yaml.safe_dump(_configuration(self._folder, port)))
        command = [sys.executable, "-m", "synapse.app.homeserver", "--config-path", "synapse.yaml"]
        self.server = Running(command, port=port, folder=self._folder, ready="/health")
        self.gate = Gate(port)
        self._settle()
        self.token = self._operator()
        self.add(CANARY)

    def _settle(self) -> None:
        """Wait until its tables are up to date: some it empties and fills again while it is used."""
        until = time.monotonic() + _PATIENCE_SECONDS
        with closing(sqlite3.connect(self._folder / "synapse.db", timeout=10)) as database:
            while database.execute("select 1 from background_updates").fetchone() is not None:
                if time.monotonic() > until:
                    raise RuntimeError("Synapse does not come to rest.")
                time.sleep(0.05)

    def connector(self, url: str | None = None) -> str:
        """Join it by the agent's own preset."""
        return (
            '[connector]\ntype = "http"\npreset = "synapse"\nsecret_env = "TEST_SYNAPSE_TOKEN"\n'
            f'url = "{url or self.url}"\nclass = "social"\ncan = ["unbind", "deregister"]\n'
        )

    @property
    def url(self) -> str:
        """Where the agent reaches it."""
        return f"http://127.0.0.1:{self.gate.port}"

    def secrets(self) -> Mapping[str, str]:
        """Give the operator's token."""
        return {"TEST_SYNAPSE_TOKEN": self.token}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register an account with a password; one that is not `alone` has a mail address too."""
        name = f"member-{next(self._names)}"
        written = [
            number.removeprefix("+") if number not in numbers[:place] else number
            for place, number in enumerate(numbers)
        ]
        addresses = [{"medium": "msisdn", "address": number} for number in written]
        if not alone:
            addresses.append({"medium": "email", "address": f"{name}@example.test"})
        said = {"password": _PASSWORD, "displayname": "林晚秋", "threepids": addresses}
        status, _ = self.call("PUT", _account(f"@{name}:{_HOST}"), said)
        if status != HTTPStatus.CREATED:
            raise RuntimeError(f"Synapse registers nobody: {status}.")
        return f"account-@{name}:{_HOST}"

    def numbers(self, handle: str) -> list[str]:
        """List an account's numbers."""
        _, said = self.call("GET", _account(_own(handle)))
        kept = [one["address"] for one in said.get("threepids", []) if one["medium"] == "msisdn"]
        return ["+" + number.removeprefix("+") for number in kept]

    def is_open(self, handle: str) -> bool:
        """Whether its owner can sign in by name and password; they sign out again."""
        who = {"type": "m.id.user", "user": _own(handle)}
        said = {"type": "m.login.password", "identifier": who, "password": _PASSWORD}
        status, granted = self.server.call("POST", "/_matrix/client/v3/login", said=said)
        if status == HTTPStatus.OK:
            self.call("POST", "/_matrix/client/v3/logout", {}, token=granted["access_token"])
        return status == HTTPStatus.OK

    def snapshot(self) -> Mapping[str, object]:
        """Everything that is kept of each account: the rows of every table that names one, by table."""
        kept: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
        with closing(sqlite3.connect(self._folder / "synapse.db", timeout=10)) as database:
            database.row_factory = sqlite3.Row
            for table in _tables(database):
                for found in database.execute(f"select * from {table}"):  # noqa: S608 - Synapse's own names
                    row = {name: value for name, value in dict(found).items() if name not in _SEEN}
                    whose = next((row[name] for name in _NAMES if str(row.get(name)).startswith("@")), None)
                    if whose is not None and "@operator:" not in whose:
                        kept[f"account-{whose}"][table].append(row)
        return {
            handle: {table: sorted(rows, key=repr) for table, rows in tables.items()}
            for handle, tables in kept.items()
        }

    def sessions(self, handle: str) -> list[float | None]:
        """List the tokens that anybody has for this account, by the seconds that each is still good for."""
        with closing(sqlite3.connect(self._folder / "synapse.db", timeout=10)) as database:
            asked = "select valid_until_ms from access_tokens where coalesce(puppets_user_id, user_id) = ?"
            ends = [row[0] for row in database.execute(asked, [_own(handle)])]
        return [None if end is None else end / 1000 - time.time() for end in ends]

    def token_of(self, handle: str) -> str:
        """Sign somebody in who is no operator; gives their token."""
        token: str = self.call("POST", f"/_synapse/admin/v1/users/{_own(handle)}/login", {})[1][
            "access_token"
        ]
        return token

    def call(
        self, method: str, path: str, said: Json = None, *, token: str | None = None
    ) -> tuple[int, Json]:
        """Call it as its operator, or as somebody else who has a token."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return self.server.call(method, path, said=said, headers=headers)

    def stop(self) -> None:
        """End it, and forget what it kept."""
        self.gate.close()
        self.server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _operator(self) -> str:
        """Register the operator by the shared secret, as Synapse's own command does; gives their token."""
        path = "/_synapse/admin/v1/register"
        nonce = self.server.call("GET", path)[1]["nonce"]
        signed = f"{nonce}\0operator\0{_PASSWORD}\0admin".encode()
        mac = hmac.new(_SHARED.encode(), signed, hashlib.sha1).hexdigest()
        said = {"nonce": nonce, "username": "operator", "password": _PASSWORD, "admin": True, "mac": mac}
        token: str = self.server.call("POST", path, said=said)[1]["access_token"]
        return token


def _own(handle: str) -> str:
    return handle.removeprefix("account-")


def _account(name: str) -> str:
    return f"/_synapse/admin/v2/users/{quote(name, safe='')}"


def _tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("select name from sqlite_master where type = 'table'")
    return sorted(name for (name,) in found if not name.startswith(_PASSING))


def _configuration(folder: Path, port: int) -> Json:
    """Write the smallest server: on loopback, alone, quick to sign somebody up."""
    with (folder / "signing.key").open("w") as file:
        write_signing_keys(file, [generate_signing_key("a_tests")])
    (folder / "log.yaml").write_text("version: 1\nroot: {level: WARNING}\n")
    resources = [{"names": ["client"], "compress": False}]
    listener = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "type": "http",
        "tls": False,
        "resources": resources,
    }
    return {
        "server_name": _HOST, "report_stats": False, "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "synapse.db")}},
        "log_config": str(folder / "log.yaml"), "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"), "pid_file": str(folder / "pid"),
        "registration_shared_secret": _SHARED, "macaroon_secret_key": "a-key-for-tests",
        "trusted_key_servers": [], "suppress_key_server_warning": True, "federation_domain_whitelist": [],
        "background_updates": {"sleep_enabled": False},
        "bcrypt_rounds": 4, "presence": {"enabled": False}, "user_directory": {"enabled": False},
        "rc_login": {"address": _OPEN, "account": _OPEN, "failed_attempts": _OPEN},
    }  # fmt: skip
