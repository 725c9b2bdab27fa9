"""The agent of docs/learn/write-a-platform.md put otherwise, rightly or wrongly, and how such are tried."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jiebang.sandbox.conformance.report import Finding
from jiebang.sandbox.program import free_port
from jiebang.wire import keys
from tests.conformance.the_page import agent
from tests.conformance.trying import ONE, TWO, inspection_in, tried

AT_ONCE = 12
"""Inspections side by side: a machine with two cores is to be busy, and not late."""

Put = Sequence[tuple[str, str]]
"""What is put otherwise: each once, and by what."""


def put(put: Put, *, port: int) -> str:
    """Write the agent; raises `ValueError` where it does not have exactly one of what is put otherwise."""
    written = agent(port=port)
    for line, otherwise in put:
        if written.count(line) != 1:
            raise ValueError(f"the agent has {written.count(line)} of {line!r}")
        written = written.replace(line, otherwise)
    return written


def try_all(agents: Mapping[str, Put], folder: Callable[[], Path]) -> dict[str, dict[str, Finding]]:
    """Try agents side by side, because most of an inspection is waiting; gives by name what was found."""

    async def _all() -> list[dict[str, Finding]]:
        room = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(_one(folder(), room, otherwise=one) for one in agents.values()))

    return dict(zip(agents, asyncio.run(_all()), strict=True))


async def _one(folder: Path, room: asyncio.Semaphore, *, otherwise: Put) -> dict[str, Finding]:
    async with room:
        port, key = free_port(), keys.make()
        (folder / "agent.py").write_text(put(otherwise, port=port))
        keys.write(key, folder / "key.json")
        (folder / "public.json").write_text(json.dumps(key.public_set()))

        async def restore() -> None:
            await asyncio.to_thread(_put_back, folder / "shop.db")

        inspection = inspection_in(folder, port=port, patience=6)
        return await tried([sys.executable, "agent.py"], inspection, folder=folder, restore=restore)


def _put_back(path: Path) -> None:
    with sqlite3.connect(path, timeout=30) as shop:
        shop.execute("create table if not exists customer (id integer primary key, name, number, bound_at)")
        shop.execute("delete from customer")
        rows = [(1, "晚秋", ONE), (2, "知远", TWO), (3, "青禾", TWO)]
        shop.executemany("insert into customer values (?, ?, ?, '2020-03-01T12:00:00+08:00')", rows)
    shop.close()
