"""`jiebang agent scan` as its operator runs it: killed, run again, and beside an agent that runs."""

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiebang.cli import app
from tests.agent.directory import Directory
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.process import Process, until

pytestmark = pytest.mark.anyio
MANY = 45_000
"""Several parts of what a scan keeps at once."""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    """Open a directory that has a canary."""
    directory = Directory(f"sqlite:///{tmp_path}/directory.db")
    yield directory
    directory.close()


@pytest.fixture
async def scan(directory: Directory, tmp_path: Path) -> AsyncIterator[Process]:
    """Prepare a scan; end it if a test does not."""
    process = Process(directory.config(tmp_path), "scan")
    yield process
    if process.running.returncode is None:
        await process.kill()


def seen(folder: Path) -> int:
    """Read how many accounts were listed in the pass under way."""
    try:
        with sqlite3.connect(f"file:{folder / 'index.db'}?mode=ro", uri=True) as index:
            return int(index.execute("select seen from progress").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def is_in_index(folder: Path, handle: str = "account-7") -> bool:
    """Look for an account."""
    with sqlite3.connect(folder / "index.db") as index:
        return bool(index.execute("select 1 from entries where handle = ?", (handle,)).fetchone())


async def test_scanning_is_not_two_peoples_work(scan: Process, tmp_path: Path) -> None:
    with (tmp_path / "index.db.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await scan.start()
        assert await scan.ended() == 1
    assert "Another process is filling this index" in scan.written


async def test_a_scan_that_is_killed_goes_on_where_it_was_and_doubles_nothing(
    scan: Process, directory: Directory, tmp_path: Path
) -> None:
    directory.run("create index by_change on account (changed_at, id)", "create index n on number (account)")
    directory.put_many(100, [f"+861380{serial:07}" for serial in range(MANY)])
    await scan.start()
    await until(lambda: seen(tmp_path))
    await scan.kill()
    assert 0 < seen(tmp_path) < MANY
    await scan.start()
    assert await scan.ended() == 0
    # Were any listed twice, there would be more.
    assert f"{MANY + 1:,} accounts were listed" in scan.written
    with sqlite3.connect(tmp_path / "index.db") as index:
        rows = index.execute("select count(*), count(distinct handle) from entries").fetchone()
    assert rows == (MANY + 1, MANY + 1)


QUICK = """
[index]
file = "index.db"
key_file = "index-key"
refresh = "PT1S"
"""


async def test_a_running_agent_fills_the_index_beside_its_work(
    scan: Process, directory: Directory, pretender: Pretender, tmp_path: Path
) -> None:
    path = directory.config(tmp_path, hub=pretender.url, index=QUICK)
    await scan.start()
    assert await scan.ended() == 0
    agent = Process(path)
    await agent.start()
    await until(lambda: pretender.polls)
    directory.put(7, NUMBER.e164)
    await until(lambda: is_in_index(tmp_path))
    pretender.ask()
    await until(lambda: pretender.answers)
    await agent.stop()
    assert [one["handle"] for one in pretender.answers[0]["bindings"]] == ["account-7"]
    assert pretender.answers[0]["complete"]


async def test_an_agent_does_not_start_before_the_index_has_the_canary(
    directory: Directory, pretender: Pretender, tmp_path: Path
) -> None:
    agent = Process(directory.config(tmp_path, hub=pretender.url))
    await agent.start()
    assert await agent.ended() == 1
    assert "run `jiebang agent scan`" in agent.written


async def test_none_is_not_said_before_a_scan_has_come_to_its_end(
    scan: Process, directory: Directory, tmp_path: Path
) -> None:
    path = directory.config(tmp_path)
    so_far = "none seen so far, and the store was not seen whole: run `jiebang agent scan`"
    assert so_far in await tried(path)
    await scan.start()
    assert await scan.ended() == 0
    assert "no record uses it" in await tried(path)
    with sqlite3.connect(tmp_path / "index.db") as index:
        index.execute("update progress set begun_at = fresh_at, fresh_at = null")
    assert so_far in await tried(path)


async def tried(path: Path) -> str:
    """Try a number that nobody has; gives what is shown."""
    words = ["agent", "try", str(path), NUMBER.e164]
    shown = await asyncio.to_thread(CliRunner().invoke, app, words)
    return " ".join(shown.output.split())
