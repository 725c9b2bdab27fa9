"""Real commands, killed at each moment of their work, one after the other: no chance has a part in it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO, TypeAlias

from tests.house.files import ROOT

Word: TypeAlias = str | Path


class Commands:
    """Runs commands, by `tests.cli.mortal`."""

    def __init__(self, asks: IO[str], answers: IO[str]) -> None:
        """Speak to it."""
        self._asks, self._answers = asks, answers

    def run(self, *words: Word, at: int = 0, midway: bool = False) -> int:
        """Run one; gives its exit code, or the signal that it died of as a negative number."""
        said = {"words": [str(word) for word in words], "at": at, "midway": midway}
        self._asks.write(json.dumps(said) + "\n")
        self._asks.flush()
        return int(self._answers.readline())

    def deaths(self, *words: Word, begin: Callable[[], object]) -> Iterator[str]:
        """
        Kill one at each of its moments, and in the middle of each file; says after every death which it was.

        It begins each time as `begin` has laid things out.
        """
        for midway, place in ((False, "moment"), (True, "the middle of file")):
            for at in count(1):
                begin()
                if self.run(*words, at=at, midway=midway) >= 0:
                    assert at > 1, "it was never killed at work"
                    break
                yield f"at {place} {at}"


@contextmanager
def commands(place: Path, environment: Mapping[str, str]) -> Iterator[Commands]:
    """Get ready to run commands that work in a place."""
    words = [sys.executable, "-m", "tests.cli.mortal", str(place)]
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Commands(process.stdin, process.stdout)
        process.stdin.close()
