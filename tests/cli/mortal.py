"""
Runs commands that die at whichever moment of their work is named: `python -m tests.cli.mortal PLACE`.

Each line of standard input says what to run, and at which of its moments it dies; each answer is how it
ended, by `waitpid`. A moment is just before it makes, moves or removes a file of the place, just before it
changes its database or commits, and just after that: there it dies of SIGKILL. Or it dies midway: of
SIGXFSZ, once a file that it has opened then has a hundred bytes. Every command is a fork: Python starts once.
"""

import json
import os
import resource
import signal
import sys
from typing import Any

from sqlalchemy import Engine, Pool, event

import jiebang.cli.carrier
import jiebang.cli.list
import jiebang.recycled.histories
import jiebang.recycled.publish
import jiebang.recycled.pull
import jiebang.wire.downloads
import jiebang.wire.seals  # noqa: F401 - what the commands import when they run is here before they do
from jiebang.cli import app

_MIDWAY_BYTES = 100
_MOVES = {"os.rename", "os.remove"}
_READING = {os.O_RDONLY, os.O_RDONLY | os.O_CLOEXEC}


class Mortal:
    """One that dies at its so many-th moment; never, if that is zero."""

    def __init__(self, place: str, *, at: int, midway: bool) -> None:
        """Begin to live."""
        self.place, self.left, self.midway, self.keeps = place, at, midway, False
        sys.addaudithook(self.touches)
        if not midway:
            event.listen(Engine, "before_cursor_execute", self.changes)
            event.listen(Engine, "commit", self.commits)
            event.listen(Pool, "checkin", self.has_committed)

    def touches(self, what: str, told: tuple[Any, ...]) -> None:
        """Hear from Python what is done to files."""
        opens = what == "open" and told[2] not in _READING
        if (opens or (what in _MOVES and not self.midway)) and str(told[0]).startswith(self.place):
            self.moment()

    def changes(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """Hear from SQLAlchemy what is said to the database."""
        if statement.lower().startswith(("insert", "update", "delete")):
            self.moment()

    def commits(self, _: object) -> None:
        """Hear that a transaction is about to be kept."""
        self.moment()
        self.keeps = True

    def has_committed(self, *_: object) -> None:
        """Hear that a connection is given back, once its transaction is kept."""
        if self.keeps:
            self.keeps = False
            self.moment()

    def moment(self) -> None:
        """Live through a moment, or not."""
        self.left -= 1
        if self.left == 0 and self.midway:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (_MIDWAY_BYTES, _MIDWAY_BYTES))
        elif self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def run(place: str, words: list[str], *, at: int, midway: bool) -> int:
    """Run a command to its end, whichever that is."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code: int | None = 70
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for one in range(3):
            os.dup2(nowhere, one)
        Mortal(place, at=at, midway=midway)
        code = app(words, standalone_mode=False)
    finally:
        os._exit(code or 0)


if __name__ == "__main__":
    for asked in sys.stdin:
        ended = run(sys.argv[1], **json.loads(asked))
        sys.stdout.write(f"{ended}\n")
        sys.stdout.flush()
