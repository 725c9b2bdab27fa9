"""Trying an agent: the kit runs here, the agent in a process of its own."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from jiebang.sandbox.conformance.conform import conform
from jiebang.sandbox.conformance.inspection import Inspection
from jiebang.sandbox.conformance.report import Finding
from jiebang.sandbox.program import clean

ONE, TWO, NONE = "+8613700137001", "+8613700137002", "+8613700137003"
PROGRAM = Path(sys.executable).with_name("jiebang")

Restore = Callable[[], Awaitable[None]]


def inspection_in(folder: Path, **said: object) -> Inspection:
    """Prepare an inspection of the platform whose public key is in a folder; a short one, by itself."""
    numbers = {"one": ONE, "two": TWO, "none": NONE}
    short = {"objection": 2, "away": 0.5, "letters": 20, "patience": 20, "arrival": 60}
    named = {"platform": "par_shop", "keys": "public.json", "numbers": numbers}
    return Inspection.model_validate(named | short | said, context={"folder": folder})


async def tried(
    command: Sequence[str | Path], inspection: Inspection, *, folder: Path, restore: Restore
) -> dict[str, Finding]:
    """Try an agent that is started by a command in a folder; gives what was found, by check."""
    await restore()
    with (folder / "agent.log").open("ab") as said:
        agent = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdout=said, stderr=said, env=clean({})
        )
    try:
        found = [finding async for finding in conform(inspection, restore, begins=lambda _: _nobody_watches)]
    finally:
        if agent.returncode is None:
            agent.kill()
        await agent.wait()
    return {finding.check: finding for finding in found}


def fallen(found: dict[str, Finding]) -> dict[str, str]:
    """Give the checks that an agent may not go live with, and what was found."""
    return {name: finding.words for name, finding in found.items() if not finding.stands}


def _nobody_watches(_come: float) -> None:
    """Hear how far a check has come."""
