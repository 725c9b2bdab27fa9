"""Kinto: a store of JSON records with filters, versions and tombstones; a shop keeps its customers there."""

import re
import shutil
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.sandbox.program import free_port
from tests.house.files import ROOT
from tests.systems.gate import Gate, Gated, Lie
from tests.systems.running import Json, Running, basic
from tests.systems.system import CANARY

CUSTOMERS = "/v1/buckets/shop/collections/customers/records"
REQUESTS = re.compile(r"```yaml\n(# How Kinto.*?)```", re.DOTALL)
_PASSWORD = "a-password-for-tests"
_SETTINGS = """
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}

[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.includes = kinto.plugins.accounts
kinto.account_create_principals = system.Everyone
kinto.bucket_create_principals = account:agent
kinto.userid_hmac_secret = a-secret-for-tests
multiauth.policies = account
multiauth.policy.account.use = kinto.plugins.accounts.authentication.AccountsAuthenticationPolicy

[loggers]
keys = root

[handlers]
keys =

[formatters]
keys =

[logger_root]
level = WARNING
handlers =
"""


class Kinto(Gated):
    """A running Kinto that keeps everything in memory."""

    name = "kinto"
    can = frozenset(OrderKind)
    bound = BoundSource.NATIVE
    several_numbers = False
    shared_numbers = True
    tells_logins = True
    touched = frozenset({"phone", "phone_confirmed", "last_modified"})
    everyone = Lie(rb"phone=%22\S+", lambda asked: b"_limit=" + b"99".zfill(len(asked[0]) - 7))

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="jiebang-kinto-"))
        self._names = count()
        port = free_port()
        (self._folder / "kinto.ini").write_text(_SETTINGS.format(port=port))
        found = REQUESTS.search((ROOT / "docs/run/http.md").read_text())
        (self._folder / "customers.yaml").write_text(found[1] if found else "")
        command = [str(Path(sys.executable).with_name("kinto")), "start", "--ini", "kinto.ini"]
        self.server = Running(command, port=port, folder=self._folder, ready="/v1/")
        self.gate = Gate(port)
        self.server.call("PUT", "/v1/accounts/agent", said={"data": {"password": _PASSWORD}})
        self.call("PUT", "/v1/buckets/shop")
        self.call("PUT", "/v1/buckets/shop/collections/customers")
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Join it by the file that the documentation shows."""
        return (
            f'[connector]\ntype = "http"\nrequests = "{self._folder / "customers.yaml"}"\n'
            f'url = "{url or self.url}"\nlogin = "agent"\nsecret_env = "TEST_KINTO_PASSWORD"\n'
            'class = "shopping"\ncan = ["unbind", "deregister"]\n'
        )

    @property
    def url(self) -> str:
        """Where the agent reaches it."""
        return f"http://127.0.0.1:{self.gate.port}"

    def secrets(self) -> Mapping[str, str]:
        """Give the agent's password."""
        return {"TEST_KINTO_PASSWORD": _PASSWORD}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Enter a customer with one number at the most, and a mail address unless they are `alone`."""
        name = f"customer-{next(self._names)}"
        customer: dict[str, Json] = {"name": "林晚秋", "joined": "2019-05-01"}
        if not alone:
            customer["email"] = f"{name}@example.test"
        if numbers:
            customer |= {"phone": numbers[0], "phone_confirmed": int(time.time() * 1000)}
        self.call("PUT", f"{CUSTOMERS}/{name}", {"data": customer})
        return f"account-{name}"

    def numbers(self, handle: str) -> list[str]:
        """List a customer's number."""
        status, said = self.call("GET", f"{CUSTOMERS}/{handle.removeprefix('account-')}")
        return [said["data"]["phone"]] if status == HTTPStatus.OK and said["data"].get("phone") else []

    def is_open(self, handle: str) -> bool:
        """Whether the customer is in the store."""
        return self.call("GET", f"{CUSTOMERS}/{handle.removeprefix('account-')}")[0] == HTTPStatus.OK

    def snapshot(self) -> Mapping[str, object]:
        """Every customer, and every tombstone, by handle."""
        _, said = self.call("GET", f"{CUSTOMERS}?_since=0")
        return {f"account-{customer['id']}": customer for customer in said["data"]}

    def call(self, method: str, path: str, said: Json = None) -> tuple[int, Json]:
        """Call it as the shop's own program."""
        return self.server.call(method, path, said=said, headers=basic("agent", _PASSWORD))

    def stop(self) -> None:
        """End it."""
        self.gate.close()
        self.server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
