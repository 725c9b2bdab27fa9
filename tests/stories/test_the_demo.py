"""`jiebang demo` tells the truth: it ends well after the story, and badly where a step is not as told."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.sandbox.program import PATIENCE_SECONDS, Program, installed
from jiebang.sandbox.web import is_up

ONE_STEP_IN = "✓ 1."


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Program]:
    """Have a demo, without a terminal."""
    command = [str(installed("jiebang")), "demo", "--directory", str(tmp_path / "demo")]
    demo = Program(command, output=tmp_path / "said", environment={"PYTHONUNBUFFERED": "1"})
    yield demo
    demo.stop()


def left_running(directory: Path, *, doing: str = "") -> list[int]:
    """List the processes that work in a directory or below, with a word in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            works_here = (process / "cwd").readlink().is_relative_to(directory / "demo")
            if works_here and doing.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue  # it has ended in the meantime, or is not ours
    return found


def test_without_a_terminal_the_demo_ends_well_after_the_story(demo: Program, tmp_path: Path) -> None:
    demo.start()
    assert demo.wait(seconds=60) == 0, demo.said()
    assert "All of it was as told" in demo.said()
    assert left_running(tmp_path) == []
    assert list((tmp_path / "demo").iterdir()) == []


def test_a_demo_that_is_not_as_told_says_at_which_step_and_ends_badly(demo: Program, tmp_path: Path) -> None:
    demo.start()
    demo.until("the first step is told", lambda: ONE_STEP_IN in demo.said() or None)
    (hub,) = left_running(tmp_path, doing="\0serve\0")
    os.kill(hub, signal.SIGKILL)
    assert demo.wait() == 1
    assert re.search(r"✗ \d+\. ", demo.said())
    assert "Not as told" in demo.said()
    assert left_running(tmp_path) == []


def test_a_demo_that_is_ended_leaves_nothing_running(demo: Program, tmp_path: Path) -> None:
    demo.start()
    demo.until("the first step is told", lambda: ONE_STEP_IN in demo.said() or None)
    demo.dismiss()
    assert demo.wait() == 130
    assert left_running(tmp_path) == []


def test_on_a_terminal_the_portal_stays_open_until_ctrl_c(tmp_path: Path) -> None:
    terminal, side = pty.openpty()
    command = [str(installed("jiebang")), "demo", "--directory", str(tmp_path / "demo")]
    with subprocess.Popen(command, stdin=side, stdout=side, stderr=side, start_new_session=True) as demo:
        os.close(side)
        said = ""
        try:
            while not (portal := re.search(r"The portal is open: .*?(http://[\d.:]+)", said)):
                said += os.read(terminal, 1024).decode(errors="replace")
            assert is_up(portal[1])
            assert demo.poll() is None
        finally:
            # Told once, whatever has happened: it ends all that it has started, if it is let.
            demo.send_signal(signal.SIGINT)
            demo.wait(3 * PATIENCE_SECONDS)
    os.close(terminal)
    assert demo.returncode == 0, said
    assert left_running(tmp_path) == []
