"""`jiebang stream`: the real command rests a stream, for a reason that its platform can read."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.domain.stream import SUPPORTED, StreamStatus
from jiebang.flows.open_stream import open_stream
from jiebang.sandbox.program import installed
from jiebang.store import streams
from tests.cli.desk import Desk, at_desk
from tests.memory import SHOP


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub at which a platform has a stream."""
    with at_desk(sqlite_url, tmp_path) as desk:
        open_stream(desk.database, SHOP, events=SUPPORTED, description=None)
        yield desk


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [("Repairs", 0, StreamStatus.PAUSED), ("x" * 501, 2, StreamStatus.ENABLED)],
)
def test_a_stream_rests_for_a_reason_that_its_platform_can_read(
    desk: Desk, reason: str, code: int, status: StreamStatus
) -> None:
    command = [str(installed("jiebang")), "stream", "pause", SHOP, "--reason", reason]
    done = subprocess.run(command, env=desk.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "500 characters at the most" in done.stderr) == (code, code == 2)
    with desk.database.read() as connection:
        stream = streams.of_platform(connection, SHOP)
    assert stream is not None
    assert (stream.status, stream.reason) == (status, reason if code == 0 else None)
