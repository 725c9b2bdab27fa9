"""Programs that run as processes of their own: started, waited for in bounded time, ended by their id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

PATIENCE_SECONDS = 20.0
"""How long to wait for what takes a second on a quiet machine: tests share theirs with others."""

_GLANCE_SECONDS = 0.02
_GRACE_SECONDS = 5.0

Seen = TypeVar("Seen")


class NotAsTold(Exception):  # noqa: N818 - a story says what did not happen as it tells it
    """Something in the sandbox did not happen as the story tells it."""


class NotInTime(NotAsTold):
    """What the story waits for never came."""


class Program:
    """One program of the sandbox; what it says is appended to a file, over all of its lives."""

    def __init__(
        self, command: Sequence[str | Path], *, output: Path, environment: Mapping[str, str]
    ) -> None:
        self.command = [str(part) for part in command]
        self.output = output
        self.environment = clean(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """
        Start it, where it is not running already.

        It leads a group of its own, so that Ctrl-C in a terminal ends the sandbox and not, in no
        particular order, everything in it.
        """
        if self.running:
            return
        with self.output.open("ab") as said:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=self.environment,
                cwd=self.output.parent, start_new_session=True,
            )  # fmt: skip

    @property
    def id(self) -> int | None:
        """Its process id, once it was started."""
        return None if self._process is None else self._process.pid

    def dismiss(self) -> None:
        """Ask it to end (SIGTERM), without waiting for that."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        self.dismiss()
        try:
            self.wait(seconds=_GRACE_SECONDS)
        except NotInTime:
            self.kill()

    def wait(self, *, seconds: float = PATIENCE_SECONDS) -> int | None:
        """Wait for its end, and return its exit code; `None` where it was never started."""
        try:
            return None if self._process is None else self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NotInTime(f"it has not ended in {seconds} s; it said\n{self.said()}") from None

    def kill(self) -> None:
        """End it in the middle of whatever it does (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_GRACE_SECONDS)

    def until(self, what: str, look: Callable[[], Seen | None]) -> Seen:
        """Wait until something is to be seen; shows what the program said when that never comes."""

        def alive() -> Seen | None:
            if not self.running:
                raise NotAsTold(f"{what}: it ended instead, saying\n{self.said()}")
            return look()

        try:
            return until(what, alive)
        except NotInTime as late:
            raise NotInTime(f"{late}; it said\n{self.said()}") from None

    def said(self) -> str:
        """Read the end of what the program has said so far."""
        return self.output.read_text(errors="replace")[-2000:] if self.output.exists() else ""


def until(what: str, look: Callable[[], Seen | None], *, seconds: float = PATIENCE_SECONDS) -> Seen:
    """Look again and again until something is to be seen; raises `NotInTime` when it never comes."""
    end = time.monotonic() + seconds
    while (seen := look()) is None:
        if time.monotonic() > end:
            raise NotInTime(f"{what}: not in {seconds} s")
        time.sleep(_GLANCE_SECONDS)
    return seen


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Add variables to this process's own, of which none may set a hub up: a sandbox is its own world."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("JIEBANG_")}
    return {**own, **environment}


def installed(name: str) -> Path:
    """Find a program that was installed beside the Python that runs this."""
    return Path(sys.executable).with_name(name)


def free_port(preferred: int = 0) -> int:
    """Find a free port on loopback: the preferred one, or else whichever the system gives."""
    for port in (preferred, 0):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(attempt.getsockname()[1])
    raise NotAsTold("there is no free port on loopback")
