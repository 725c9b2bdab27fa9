"""A carrier reports, the hub publishes, a platform takes the list over HTTP and screens its own records."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.sandbox.program import Program, free_port, installed
from jiebang.sandbox.web import is_up
from jiebang.wire import keys

COUNT = "20000"


class Place:
    """A hub's machine and a platform's, each a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.environment = {
            "JIEBANG_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}",
            "JIEBANG_KEY_FILE": str(folder / "hub-key.json"),
            "JIEBANG_LIST_FOLDER": str(folder / "lists"),
        }

    def run(self, *words: str | Path, fails: bool = False) -> str:
        """Run a command, and give what it says."""
        command = [str(installed("jiebang")), *(str(word) for word in words)]
        environment = os.environ | self.environment | {"COLUMNS": "200"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Run a hub that knows twenty thousand numbers."""
    place = Place(tmp_path)
    place.run("sandbox", "numbers", "--count", COUNT, "--seed", "7", "-o", tmp_path)
    place.run("database", "upgrade")
    (tmp_path / "public.json").write_text(place.run("key", "make", tmp_path / "carrier.json"))
    place.run("party", "add", "carrier", "Shanhe", "--id", "par_c", "--keys", tmp_path / "public.json")
    place.run("carrier", "load", tmp_path / "changes.csv", "--carrier", "par_c")
    hub = Program(
        [installed("jiebang"), "serve", "--port", str(place.port)],
        output=tmp_path / "hub.log", environment=place.environment,
    )  # fmt: skip
    hub.start()
    hub.until("the hub is up", lambda: is_up(f"http://127.0.0.1:{place.port}/healthz") or None)
    yield place
    hub.stop()


def test_a_platform_screens_its_records_with_the_hubs_list(place: Place) -> None:
    place.run("list", "build")
    (place.folder / "hub.json").write_bytes((place.folder / "lists/keys.json").read_bytes())
    url = f"http://127.0.0.1:{place.port}/lists"
    refused = place.run("list", "pull", url, "--to", place.folder / "here", fails=True)
    assert "--keys" in refused
    place.run("list", "pull", url, "--to", place.folder / "here", "--keys", place.folder / "hub.json")
    again = place.run("list", "pull", url, "--to", place.folder / "here")
    assert "0 bytes" in again
    assert "20000 numbers" in place.run("list", "show", place.folder / "here")
    said = place.run("screen", "users.csv", "--list", "here", "-o", "found.csv")
    assert "changed hands after it was bound" in said
    found = (place.folder / "found.csv").read_text().splitlines()
    assert set(found) < set((place.folder / "users.csv").read_text().splitlines())
    assert len(found) > 1000


def test_a_list_that_was_spoilt_is_not_used(place: Place) -> None:
    place.run("list", "build")
    (path,) = (place.folder / "lists").glob("*.list")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert "signed" in place.run("list", "verify", path, fails=True)
    assert "signed" in place.run("screen", "users.csv", "--list", "lists", "-o", "found.csv", fails=True)
    assert not (place.folder / "found.csv").exists()
    (place.folder / "lists/keys.json").write_text(json.dumps(keys.make().public_set()))
    assert "not used" in place.run("list", "verify", path, fails=True)


def test_a_day_later_there_is_a_delta(place: Place) -> None:
    place.run("list", "build", "--to", place.folder / "lists")
    first = next((place.folder / "lists").glob("*.list"))
    row = "+8613800138000,assigned,2026-01-05,x\n"
    (place.folder / "more.csv").write_text("number,change,at,holder\n" + row)
    place.run("carrier", "load", "more.csv", "--carrier", "par_c")
    (place.folder / "old.list").write_bytes(first.read_bytes())
    (place.folder / "old.list.jws").write_bytes(Path(f"{first}.jws").read_bytes())
    place.run("list", "build")
    second = next(one for one in (place.folder / "lists").glob("*.list") if one != first)
    assert second.with_suffix(".delta.jws").exists()
    place.run("list", "delta", "old.list", second, "-o", "again.delta")
    assert (place.folder / "again.delta").read_bytes() == second.with_suffix(".delta").read_bytes()
    assert "is what" in place.run("list", "verify", "again.delta", "--keys", "lists/keys.json")
    assert "never" in place.run("list", "show", second, "+8613800138000")
    assert "not covered" in place.run("list", "show", second, "+8613800138001")
