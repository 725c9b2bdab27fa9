"""A real MariaDB, started in about a second from Debian's programs, with nothing but a folder of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pymysql

from jiebang.sandbox.program import free_port

# A test's database may die with the machine, so it need not be written through to the disk.
_FORGETFUL = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=32M",
)
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server, which lets anybody on this machine in as root."""

    port: int
    admin: pymysql.Connection
    serial: Iterator[int] = field(default_factory=count)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database; give its URL, and drop it afterwards."""
        name = f"fresh_{next(self.serial)}"
        self.run(f"create database {name} character set utf8mb4")
        try:
            yield f"mariadb+pymysql://root@127.0.0.1:{self.port}/{name}"
        finally:
            self.run(f"drop database {name}")

    def run(self, statement: str) -> None:
        """Do as the server's operator does."""
        with self.admin.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def server(*, within: Path | None = None) -> Iterator[Server]:
    """Run a server in a temporary folder `within` another, and end it by its process id."""
    with TemporaryDirectory(prefix="jiebang-", dir=within) as folder:
        home, port = Path(folder), free_port()
        process = _started(home, port=port)
        try:
            admin = _connected(home, process=process)
            with admin:
                yield Server(port, admin)
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def _started(home: Path, *, port: int) -> subprocess.Popen[bytes]:
    """Lay out the files of a server, and start it; what it says goes to `home/log`."""
    own = ["--no-defaults", "--user=root", f"--datadir={home}/files", "--skip-name-resolve", *_FORGETFUL]
    layout = [
        _program("mariadb-install-db"),
        *own,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ]
    listening = [f"--socket={home}/socket", "--bind-address=127.0.0.1", f"--port={port}"]
    with (home / "log").open("wb") as log:
        subprocess.run(layout, check=True, cwd=home, stdout=log, stderr=log)
        return subprocess.Popen([_program("mariadbd"), *own, *listening], cwd=home, stdout=log, stderr=log)


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; see tools/system-packages.sh")
    return found


def _connected(home: Path, *, process: subprocess.Popen[bytes]) -> pymysql.Connection:
    """Connect as soon as the server lets us; where it does not, show what it said."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        # PyMySQL leaves a socket open where nobody answers.
        with socket.socket(socket.AF_UNIX) as knocking:
            answered = knocking.connect_ex(f"{home}/socket") == 0
        if answered:
            return pymysql.connect(unix_socket=f"{home}/socket", user="root", autocommit=True)
        time.sleep(0.02)
    raise RuntimeError("MariaDB did not start:\n" + (home / "log").read_text())
