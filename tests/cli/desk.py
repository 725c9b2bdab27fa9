"""A carrier's desk: files of changes, and the real command that loads them into a hub."""

import csv
import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from typer.testing import CliRunner

from jiebang.cli import app
from jiebang.sandbox.program import clean, installed
from jiebang.store.database import Database
from tests.memory import CARRIER, opened

_MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""
"""Runs a command from a small process: what its parent has counts as the child's."""
HEAD = "number,change,at,holder\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """A carrier's desk: a folder for files, and a hub to load them into."""

    place: Path
    database: Database
    environment: Mapping[str, str]

    def write(self, *lines: str | bytes) -> Path:
        """Write a file of these lines below its head."""
        path = self.place / "changes.csv"
        path.write_bytes(
            b"".join(line if isinstance(line, bytes) else line.encode() for line in (HEAD, *lines))
        )
        return path

    def manifest(self, file: Path | None = None, **said: object) -> Path:
        """Write a manifest that fits a file, but for what is said otherwise."""
        period = {"since": "2026-03-01", "until": "2026-03-31"}
        fits: dict[str, object] = {"carrier": CARRIER, "period": period, "rows": 0, "nothing_to_report": True}
        if file is not None:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            fits = {"carrier": CARRIER, "period": period, "rows": content.count(b"\n") - 1, "sha256": digest}
        path = self.place / "manifest.json"
        path.write_text(json.dumps(fits | said))
        return path

    def load(self, *words: str | Path) -> tuple[int, str]:
        """Run `jiebang carrier load` to its end; gives its exit code and what it said."""
        done = subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr + done.stdout

    def say(self, *words: str | Path) -> tuple[int, str]:
        """Run a command of `jiebang` here, in no time; gives its exit code and what it said, in one line."""
        done = CliRunner().invoke(app, [str(word) for word in words], env=self.environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, " ".join(done.output.split())

    def measure(self, *words: str | Path) -> tuple[int, str, int]:
        """Do the same, and give as well how many megabytes it had at the most."""
        measured = [sys.executable, "-c", _MEASURED, *self.command(*words)]
        done = subprocess.run(measured, env=self.environment, capture_output=True, text=True, check=True)
        said, _, figures = done.stdout.strip().rpartition("\n")
        code, megabytes = figures.split()
        return int(code), done.stderr + said, int(megabytes)

    def command(self, *words: str | Path) -> list[str]:
        """Spell the command out."""
        return [str(installed("jiebang")), "carrier", "load", *(str(word) for word in words)]

    def refused(self) -> list[list[str]]:
        """Read the report."""
        with (self.place / "changes.csv.refused.csv").open() as report:
            return list(csv.reader(report))


@contextmanager
def at_desk(database_url: str, place: Path) -> Iterator[Desk]:
    """Open a hub that a carrier has joined."""
    settings = {"JIEBANG_DATABASE_URL": database_url, "JIEBANG_KEY_FILE": str(place / "key.json")}
    with opened(database_url) as database:
        yield Desk(place, database, clean(settings))


def packed(file: Path, kind: str) -> Path:
    """Pack a file."""
    path = file.with_suffix(f".{kind}")
    if kind == "gz":
        path.write_bytes(gzip.compress(file.read_bytes()))
    elif kind == "zst":
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(file.read_bytes())
    else:
        texts = dict.fromkeys(HEAD.strip().split(","), pa.string())
        options = pyarrow.csv.ConvertOptions(column_types=texts)
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(file, convert_options=options), path)
    return path
