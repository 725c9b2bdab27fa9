"""Real commands, killed by a real SIGKILL at some moment of their work."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from jiebang.sandbox.program import PATIENCE_SECONDS, installed

Word: TypeAlias = str | Path
_GLANCE_SECONDS = 0.001


def run(*words: Word, environment: Mapping[str, str]) -> str:
    """Run a command to its good end; gives what it said."""
    command = [str(installed("jiebang")), *(str(word) for word in words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def killed(
    *words: Word, environment: Mapping[str, str], at_work: Callable[[], object], within: float
) -> bool:
    """
    Start a command, and kill it some time after what `at_work` sees is no longer what it was.

    Whether it was killed in the middle of its work; it may have been done before.
    """
    before = at_work()
    command = [str(installed("jiebang")), *(str(word) for word in words)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE_SECONDS
    while at_work() == before and process.poll() is None and time.monotonic() < end:
        time.sleep(_GLANCE_SECONDS)
    time.sleep(random.uniform(0, within))
    process.kill()
    return process.wait() == -signal.SIGKILL


def files(folder: Path) -> Callable[[], object]:
    """See which files a folder has, hidden ones as well, and how far each is written."""

    def seen() -> set[tuple[str, int, int]]:
        found = set()
        for path in list(folder.iterdir()) if folder.exists() else []:
            try:
                about = path.stat()
            except FileNotFoundError:
                continue
            found.add((path.name, about.st_size, about.st_mtime_ns))
        return found

    return seen


def kills(times: int, kill: Callable[[], bool], check: Callable[[], object]) -> None:
    """Kill until it has happened so many times in the middle of work; check what is there after each."""
    left = times
    for _ in range(10 * times):
        left -= kill()
        check()
        if not left:
            return
    raise AssertionError("it was never killed at work: give it more to do")
