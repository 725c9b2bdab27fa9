"""Files that are there whole or not at all, whatever is killed when."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from jiebang.recycled.refusals import InTheMaking


def part_of(path: Path) -> Path:
    """Where a file is written until it is whole; what a killed process left there is written over."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """
    Write a file beside its place; it takes its place, replacing what was there, when all is on the disk.

    Refuses with `InTheMaking` when another process is writing it. When anything is raised, nothing is left.
    """
    part = part_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part.touch()
    with part.open("r+b") as file:
        _take(file, part)
        file.truncate(0)
        try:
            yield file
            if not file.closed:
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file, whole or not at all."""
    with written_whole(path) as file:
        file.write(content)


def install(part: Path, path: Path) -> None:
    """Let a part that is whole take its place."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _take(file: BinaryIO, part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had the lock may have put this very file in its place since it was opened here.
        mine = part.stat().st_ino == os.fstat(file.fileno()).st_ino
    except (BlockingIOError, FileNotFoundError) as taken:
        raise InTheMaking(part.name) from taken
    if not mine:
        raise InTheMaking(part.name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
