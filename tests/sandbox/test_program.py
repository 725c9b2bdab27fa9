"""Programs of the sandbox are started, waited for in bounded time, and ended by their id."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.sandbox.program import NotAsTold, NotInTime, Program, free_port, until


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Program]:
    """Have a program that says a word and sleeps."""
    command = [sys.executable, "-uc", "import time; print('awake'); time.sleep(60)"]
    program = Program(command, output=tmp_path / "sleeper.log", environment={})
    yield program
    program.kill()


def awake(program: Program) -> bool | None:
    """Say whether it has said its word."""
    return True if "awake" in program.said() else None


@pytest.mark.parametrize("end", [Program.stop, Program.kill])
def test_a_program_runs_until_it_is_ended(sleeper: Program, end: object) -> None:
    sleeper.start()
    assert sleeper.until("it is awake", lambda: awake(sleeper))
    assert sleeper.running
    assert callable(end)
    end(sleeper)
    assert not sleeper.running


def test_a_program_that_runs_is_not_started_twice(sleeper: Program) -> None:
    sleeper.start()
    sleeper.until("it is awake", lambda: awake(sleeper))
    sleeper.start()
    sleeper.stop()
    assert sleeper.said().count("awake") == 1


def test_what_a_program_says_is_kept_over_its_lives(sleeper: Program) -> None:
    sleeper.start()
    sleeper.until("it is awake", lambda: awake(sleeper))
    sleeper.kill()
    sleeper.start()
    assert sleeper.until("it woke again", lambda: sleeper.said().count("awake") == 2 or None)


def test_a_program_that_ends_early_is_not_waited_for(tmp_path: Path) -> None:
    program = Program(
        [sys.executable, "-c", "raise SystemExit('out of paper')"], output=tmp_path / "log", environment={}
    )
    program.start()
    with pytest.raises(NotAsTold, match="out of paper"):
        program.until("it prints", lambda: None)


def test_to_end_what_was_never_started_is_nothing(sleeper: Program) -> None:
    sleeper.stop()
    assert not sleeper.running


def test_waiting_ends() -> None:
    with pytest.raises(NotInTime, match="the tide"):
        until("the tide", lambda: None, seconds=0.05)


def test_a_taken_port_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
