"""
An agent that has very many letters behind it: how fast it catches up, and whether its memory stays as it is.

The hub is a pretend one in a process of its own, which makes letters up as they are polled for. The agent is
`jiebang agent run`, as its operator runs it, on an SQLite shop of a thousand customers.
"""

import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, peak_megabytes
from bench.letters_apart import PLATFORM
from jiebang.sandbox.program import Program, installed
from jiebang.wire import keys

COUNT = 100_000
_GOAL = 1.1
_GLANCE_SECONDS = 0.1
_CONFIG = """
hub = "{hub}"
platform = "{platform}"
key_file = "agent-key.json"
ledger = "ledger.db"
canary = "+8613700137000"
canary_absent = "+8613700137999"

[connector]
type = "sql"
url = "sqlite:///shop.db"

[[connector.record]]
kind = "account"
find = "select id as handle, phone as number from customer where phone in :spellings"
verify = "select phone as number from customer where id = :handle"
unbind = "update customer set phone = null where id = :handle and phone = :stored"
"""


def measure(directory: Path, *, count: int = COUNT) -> Iterator[Figure]:
    """Let an agent take `count` letters; its memory at a tenth of them is held against that at the end."""
    folder = directory / "catching-up"
    folder.mkdir()
    hub = Program(
        [sys.executable, "-m", "bench.letters_apart", folder, str(count)], output=folder / "hub.log",
        environment={"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    hub.start()
    while not (folder / "address").exists():
        time.sleep(_GLANCE_SECONDS)
    agent = Program(
        [installed("jiebang"), "agent", "run", _shop(folder)], output=folder / "agent.log", environment={}
    )
    agent.start()
    try:
        yield from _figures(agent, folder, count=count)
    finally:
        agent.stop()
        hub.stop()


def _figures(agent: Program, folder: Path, *, count: int) -> Iterator[Figure]:
    tenth_at, tenth = _memory_when(agent, folder, confirmed=count // 10)
    end_at, end = _memory_when(agent, folder, confirmed=count)
    ledger = sum(path.stat().st_size for path in folder.glob("ledger.db*"))
    yield Figure(
        what=f"{count:,} letters behind, memory at its peak",
        measured=f"{end:.1f} MB; {count * 0.9 / (end_at - tenth_at):,.0f} letters a second",
        against=f"after a tenth: {tenth:.1f} MB; ledger at the end: {ledger / 1e6:.1f} MB",
        ratio=end / tenth,
        goal=f"at most {_GOAL}",
        met=end / tenth <= _GOAL,
    )


def _memory_when(agent: Program, folder: Path, *, confirmed: int) -> tuple[float, float]:
    """Wait until so many letters are confirmed; gives when, and how many megabytes the agent has needed."""
    while True:
        if not agent.running:
            raise RuntimeError((folder / "agent.log").read_text()[-2000:])
        written = folder / "confirmed"
        done, at = _last(written) if written.exists() else (0, 0.0)
        if done >= confirmed:
            return at, peak_megabytes(agent.id or "self")
        time.sleep(_GLANCE_SECONDS)


def _last(written: Path) -> tuple[int, float]:
    with written.open("rb") as progress:
        progress.seek(max(0, written.stat().st_size - 200))
        lines = progress.read().split(b"\n")
    done, at = lines[-2].split() if len(lines) > 1 else (b"0", b"0")
    return int(done), float(at)


def _shop(folder: Path) -> Path:
    database = sqlite3.connect(folder / "shop.db")
    database.execute("create table customer (id integer primary key, phone text unique)")
    rows = [(serial, f"+86139{serial:08}") for serial in range(1000)]
    database.executemany("insert into customer values (?, ?)", [(1001, "+8613700137000"), *rows])
    database.commit()
    database.close()
    keys.write(keys.make(), folder / "agent-key.json")
    config = folder / "agent.toml"
    config.write_text(_CONFIG.format(hub=(folder / "address").read_text(), platform=PLATFORM))
    return config
