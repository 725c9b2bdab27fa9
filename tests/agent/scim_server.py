"""A SCIM server that nobody here wrote, in a process of its own."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

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
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = Path(sys.executable).with_name("scim2-server")
        command = [program, "--port", str(port), "--bearer-token", TOKEN]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}/v2"
        for _ in range(300):
            try:
                self.call("GET", "/ServiceProviderConfig")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("scim2-server did not start")

    def call(self, method: str, path: str, said: Any = None) -> Any:
        """Call the server as its operator."""
        request = urllib.request.Request(
            self.url + path, method=method, data=None if said is None else json.dumps(said).encode(),
            headers={"Content-Type": "application/scim+json", "Authorization": f"Bearer {TOKEN}"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def add(self, name: str, *numbers: str, **more: Any) -> str:
        """Register somebody with these numbers; gives the handle of their account."""
        schema = "urn:ietf:params:scim:schemas:core:2.0:User"
        phones = [{"value": value} for value in numbers]
        body = {"schemas": [schema], "userName": name, "phoneNumbers": phones, **more}
        return "account-" + str(self.call("POST", "/Users", body)["id"])

    def account(self, handle: str) -> dict[str, Any] | None:
        """Read an account; `None` when there is none."""
        try:
            found: dict[str, Any] = self.call("GET", "/Users/" + handle.removeprefix("account-"))
        except urllib.error.HTTPError:
            return None
        return found

    def numbers(self, handle: str) -> list[str]:
        """List the numbers of an account."""
        return [entry["value"] for entry in (self.account(handle) or {}).get("phoneNumbers", [])]

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(10)
