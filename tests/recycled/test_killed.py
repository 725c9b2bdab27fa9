"""Killed at any moment, what is published and what is pulled is the old list or the new, and whole."""

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from jiebang.recycled.days import NEVER
from jiebang.recycled.delta import make_delta
from jiebang.recycled.manifest import check
from jiebang.recycled.mapped import mapped
from jiebang.recycled.publish import LATEST, read_sealed
from jiebang.recycled.refusals import InTheMaking
from jiebang.recycled.whole import written_whole
from jiebang.wire import keys
from tests.house.files import ROOT
from tests.recycled.made import ONE, TODAY, TWO, Hub, listed

ROUNDS = 6


def killed(what: str, folder: Path, *, after: float) -> int:
    """Let a process work for a while, kill it, and say how often it was done."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.recycled.busy", what, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    done = process.stdout.read(1)
    time.sleep(after)
    process.kill()
    done += process.stdout.read()
    process.stdout.close()
    process.wait()
    return len(done)


def test_a_build_that_is_killed_leaves_the_old_list_or_the_new(tmp_path: Path) -> None:
    keys.write(keys.make(), tmp_path / "key.json")
    hub = Hub(tmp_path / "lists", keys.read(tmp_path / "key.json"))
    for _ in range(ROUNDS):
        assert killed("publish", tmp_path, after=random.uniform(0.01, 0.3))
        manifest = read_sealed(hub.folder / LATEST, hub.unseal)
        assert manifest is not None
        check(mapped(hub.folder / manifest.name), manifest)
    path = hub.publish({ONE: NEVER}, on=TODAY + timedelta(days=1))
    assert [one.name for one in hub.folder.glob(".*")] == []
    assert path.with_suffix(".delta").exists()


def test_a_delta_that_is_killed_leaves_the_old_list_or_the_new(tmp_path: Path) -> None:
    listed(tmp_path / "a.list", {ONE + at * 10000: NEVER for at in range(50)})
    listed(tmp_path / "b.list", {TWO + at * 10000: 400 for at in range(50)})
    make_delta(tmp_path / "a.list", tmp_path / "b.list", path=tmp_path / "there.delta")
    make_delta(tmp_path / "b.list", tmp_path / "a.list", path=tmp_path / "back.delta")
    ends = [(tmp_path / name).read_bytes() for name in ("a.list", "b.list")]
    for _ in range(ROUNDS):
        (tmp_path / "here.list").write_bytes(ends[0])
        assert killed("renew", tmp_path, after=random.uniform(0.01, 0.2))
        assert (tmp_path / "here.list").read_bytes() in ends


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    with (
        written_whole(tmp_path / "a.list") as file,
        pytest.raises(InTheMaking),
        written_whole(tmp_path / "a.list"),
    ):
        file.write(b"never")
    assert (tmp_path / "a.list").read_bytes() == b""


def test_what_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.list").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "a.list") as file:
        file.write(b"new" * (1 // 0))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
