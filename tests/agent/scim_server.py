"""A SCIM server that nobody here wrote, in a process of its own."""

import json
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeAlias

from jiebang.sandbox.program import free_port

Json: TypeAlias = Any
TOKEN = "a-token-for-tests"
CONFIG = """
hub = "{hub}"
platform = "par_idp"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "+8613700137000"
canary_absent = "+8613700137999"
most_records = 3

[connector]
type = "scim"
url = "{url}"
bearer_token_env = "TEST_SCIM_TOKEN"
can = ["unbind", "deregister"]
class = "social"
"""


class ScimServer:
    """A running `scim2-server`."""

    def __init__(self) -> None:
        port = free_port()
        program = str(Path(sys.executable).with_name("scim2-server"))
        command = [program, "--port", str(port), "--bearer-token", TOKEN]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}/v2"
        for _ in range(300):
            try:
                self.call("GET", "/ServiceProviderConfig")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("scim2-server did not start")

    def call(self, method: str, path: str, said: Json = None) -> Json:
        """Call the server as its operator; gives `None` for what is not there."""
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {TOKEN}"}
        server = HTTPConnection(self.host, timeout=10)
        try:
            server.request(method, f"/v2{path}", None if said is None else json.dumps(said), headers)
            answer = server.getresponse()
            content = answer.read()
        finally:
            server.close()
        return json.loads(content or b"{}") if answer.status < 400 else None

    def add(self, name: str, *numbers: str, **more: Json) -> str:
        """Register somebody with these numbers; gives the handle of their account."""
        schema = "urn:ietf:params:scim:schemas:core:2.0:User"
        phones = [{"value": value} for value in numbers]
        body = {"schemas": [schema], "userName": name, "phoneNumbers": phones, **more}
        return "account-" + str(self.call("POST", "/Users", body)["id"])

    def account(self, handle: str) -> dict[str, Any] | None:
        """Read an account; `None` when there is none."""
        found: dict[str, Any] | None = self.call("GET", "/Users/" + handle.removeprefix("account-"))
        return found

    def numbers(self, handle: str) -> list[str]:
        """List the numbers of an account."""
        return [entry["value"] for entry in (self.account(handle) or {}).get("phoneNumbers", [])]

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(10)
