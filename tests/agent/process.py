"""The agent as its operator runs it: `jiebang agent run` in a process of its own, to be killed at will."""

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

PATIENCE_SECONDS = 20
_PROGRAM = Path(sys.executable).with_name("jiebang")


class Process:
    """A running agent, and what it wrote."""

    def __init__(
        self, config: Path, command: str = "run", *, secrets: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.config = config
        self.command = command
        self.secrets = secrets
        self.written = ""

    async def start(self) -> None:
        """Start it."""
        self.running = await asyncio.create_subprocess_exec(
            _PROGRAM, "agent", self.command, self.config,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={"COLUMNS": "200", **self.secrets},
        )  # fmt: skip

    async def kill(self) -> None:
        """Kill it in the middle of whatever it does."""
        self.running.kill()
        await self.ended()

    async def stop(self) -> int:
        """Ask it to end, as a supervisor does; gives its exit code."""
        self.running.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end; gives its exit code."""
        written, _ = await asyncio.wait_for(self.running.communicate(), PATIENCE_SECONDS)
        self.written += written.decode()
        return self.running.returncode or 0


async def until(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110 - what is waited for may happen in another process
            await asyncio.sleep(0.01)
