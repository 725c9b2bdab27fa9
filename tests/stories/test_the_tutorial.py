"""The tutorial's second half, typed in as it stands, by a reader who walks the portal in between."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.sandbox.holder import Holder
from jiebang.sandbox.program import clean, free_port, until
from jiebang.sandbox.web import is_up

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
"""How long to wait for several commands in a row, each a process that starts anew, while other tests run."""
TUTORIAL = (ROOT / "docs/learn/a-number-set-free.md").read_text()


class Reader:
    """Somebody with a shell open, who types whatever the page says."""

    def __init__(self, folder: Path) -> None:
        (folder / ".venv").symlink_to(ROOT / ".venv")
        self.folder = folder / "var/learn"
        self.said = folder / "said.txt"
        self.ports = {port: str(free_port()) for port in ("8000", "8025")}
        self.hub = f"http://127.0.0.1:{self.ports['8000']}"
        with self.said.open("wb") as said:
            self.shell = subprocess.Popen(
                ["bash", "-e"], cwd=folder, stdin=subprocess.PIPE, stdout=said, stderr=said,
                env=clean({}), start_new_session=True,
            )  # fmt: skip

    def types(self, heading: str) -> None:
        """Type in what stands under a heading, and wait until it is done."""
        part = TUTORIAL.partition(f"# {heading}\n")[2].split("\n#")[0]
        typed = "".join(re.findall(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL))
        assert typed, heading
        for port, free in self.ports.items():
            typed = typed.replace(port, free)
        done = f"done: {heading}"
        assert self.shell.stdin is not None
        self.shell.stdin.write(f"{typed}\necho '{done}'\n".encode())
        self.shell.stdin.flush()
        until(done, lambda: self.has(done), seconds=PATIENCE_SECONDS)
        assert done in self.output(), self.output()

    def has(self, done: str) -> bool | None:
        """Look whether the terminal shows that something is done, or nothing more will be."""
        return done in self.output() or self.shell.poll() is not None or None

    def output(self) -> str:
        """Read what the terminal shows."""
        return self.said.read_text()

    def close(self) -> None:
        """Close the terminal, with all that was started in it."""
        os.killpg(self.shell.pid, signal.SIGTERM)
        self.shell.communicate()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Open a terminal."""
    opened = Reader(tmp_path)
    yield opened
    opened.close()


def test_a_reader_who_types_the_tutorial_in_sets_a_number_free(reader: Reader) -> None:
    for heading in ("By hand", "The shop", "The texts", "The hub", "The carrier"):
        reader.types(heading)
    assert "3 loaded, 0 known already, 0 not taken." in reader.output()
    until("the hub is ready", lambda: is_up(f"{reader.hub}/healthz"))
    reader.types("The agent")
    holder = Holder(reader.hub)
    holder.ask_code("136 0012 3456")
    texts = reader.folder / "texts.log"
    holder.tell_code(until("a code", lambda: next(iter(re.findall(r"\b\d{6}\b", texts.read_text())), None)))
    holder.ask()
    assert [card.origin for card in holder.await_answers()] == ["inherited"]
    holder.free_everything()
    assert [order.state for order in holder.await_orders(1)] == ["verified"]
    reader.types("The holder")
    assert "('金丝雀', '13700137000')\n('晚秋', None)" in reader.output()
