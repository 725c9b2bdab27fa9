"""Running somebody else's server for a test: a process of its own, on loopback, that is talked to in JSON."""

import json
import subprocess
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any
_PATIENCE_SECONDS = 60


class Running:
    """A server in a process of its own, which answers in JSON."""

    def __init__(self, command: Sequence[str], *, port: int, folder: Path, ready: str) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        with (folder / "output").open("wb") as output:
            self._process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if self.call("GET", ready)[0] < 500:
                    return
            except (OSError, HTTPException):
                time.sleep(0.05)
        self.stop()
        raise RuntimeError((folder / "output").read_text()[-2000:])

    def call(
        self, method: str, path: str, *, said: Json = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        """Call it; gives the status, and the JSON that came with it, if any."""
        server = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            content = None if said is None else json.dumps(said)
            server.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
            answer = server.getresponse()
            body = answer.read()
        finally:
            server.close()
        try:
            return answer.status, json.loads(body or b"{}")
        except ValueError:
            return answer.status, None

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(15)


def basic(name: str, password: str) -> dict[str, str]:
    """Write the header of HTTP's basic authentication."""
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}
