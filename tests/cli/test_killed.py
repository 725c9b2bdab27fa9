"""A load, a build, a delta, a pull: killed at each of its moments, nothing is lost, doubled or half there."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from jiebang.domain.number import Number
from jiebang.domain.span import day
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.recycled.delta import apply_delta
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.manifest import Manifest, check, digest_of, digests
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.publish import LATEST, SEALED, read_sealed
from jiebang.store import loads as kept_loads
from jiebang.store import numbers
from jiebang.store.tables import changes, loads, signals
from jiebang.wire import keys
from tests.build import NOW
from tests.cli.desk import Desk, at_desk, packed
from tests.cli.killing import Commands, Word, commands
from tests.memory import CARRIER
from tests.recycled.made import FULL, Hub
from tests.recycled.web import served

PART = 10_000
"""How many rows of a file are kept at once."""
LINES = 8
"""How many lines are reported about, in each of a file's two parts."""
BLOCKS = 3


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub that a carrier has joined."""
    with at_desk(database_url, tmp_path) as desk:
        yield desk


def counted(desk: Desk) -> tuple[int, int]:
    """Count what is kept: changes and signals."""
    with desk.database.read() as connection:
        kept, told = (select(func.count()).select_from(table) for table in (changes, signals))
        return connection.execute(kept).scalar_one(), connection.execute(told).scalar_one()


def loaded(desk: Desk) -> bool:
    """Whether all is loaded. Holds that rows, signals, and what the load says of itself are kept together."""
    with desk.database.read() as connection:
        begun = kept_loads.everything(connection)
    if not begun:
        assert counted(desk) == (0, 0)
        return False
    [load] = begun
    parts = load.position // PART + (load.position == load.rows)
    assert load.position in {0, PART, load.rows}
    assert counted(desk) == (load.taken, load.taken // 2) == (2 * LINES * parts, LINES * parts)
    assert (load.known, load.ended_at is not None) == (0, load.position == load.rows)
    return load.ended_at is not None


def forget(desk: Desk) -> None:
    """Have the hub know nothing."""
    with desk.database.write() as connection:
        for table in (signals, changes, loads):
            connection.execute(delete(table))
    (desk.place / "changes.csv.refused.csv").unlink(missing_ok=True)


def reported(first: int) -> str:
    """Report of some lines: two changes of each are taken, and one is not."""
    return "".join(
        f"+86138{nth:08},{what}\n" for nth in range(first, first + LINES)
        for what in ("assigned,2019-01-07,h", "disconnected,2020-01-07,", "ported,2021-01-07,")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("database_url", "kind"), [("sqlite", "csv"), ("postgresql", "parquet")], indirect=["database_url"]
)
def test_a_load_that_is_killed_goes_on_where_it_was(desk: Desk, kind: str) -> None:
    unreadable = PART - 3 * LINES
    file = desk.write(reported(0), "nobody,assigned,2019-01-07,h\n" * unreadable, reported(LINES))
    file, first = (file, 2) if kind == "csv" else (packed(file, kind), 1)  # there is no head to count
    words: list[Word] = [
        "carrier", "load", file, "--carrier", CARRIER, "--report", desk.place / "changes.csv.refused.csv"
    ]  # fmt: skip
    refused = {
        *range(2, 3 * LINES, 3), *range(3 * LINES, PART), *range(PART + 2, PART + 3 * LINES, 3)
    }  # fmt: skip
    with commands(desk.place, desk.environment) as runs:
        for died in runs.deaths(*words, begin=partial(forget, desk)):
            if not loaded(desk):
                runs.run(*words)
            assert loaded(desk), died
            assert [int(line) - first for line, _ in desk.refused()[1:]] == sorted(refused), died


class Publisher:
    """A hub that publishes, by the real command, what is reported to it."""

    def __init__(self, desk: Desk, runs: Commands) -> None:
        self.desk, self.runs, self.folder, self._reported = desk, runs, desk.place / "lists", 0
        keys.write(keys.make(), desk.place / "key.json")
        self._hub = Hub(self.folder, keys.read(desk.place / "key.json"))
        self.keys = desk.place / "keys.json"
        self.keys.write_text(json.dumps(self._hub.key.public_set()))
        self.builds: list[Word] = ["list", "build", "--to", self.folder]

    def report(self) -> None:
        """Report one more number of each block."""
        firsts = range(FULL + self._reported, FULL + self._reported + BLOCKS * BLOCK, BLOCK)
        at, kind = day(date(2019, 1, 7)), ChangeKind.ASSIGNED
        told = [Change(number=Number(f"+{first}"), kind=kind, at=at) for first in firsts]
        with self.desk.database.write() as connection:
            numbers.append(connection, told, carrier_id=CARRIER, now=NOW)
        self._reported += 1

    def newest(self, folder: Path) -> Manifest:
        """Find the newest list of a folder, check it as whoever uses it does, and give its manifest."""
        manifest = read_sealed(folder / LATEST, self._hub.unseal)
        assert manifest is not None
        check(mapped(folder / manifest.name), manifest)
        assert read_sealed(folder / (manifest.name + SEALED), self._hub.unseal) == manifest
        return manifest

    def whole(self, path: Path) -> None:
        """Hold that a list or a delta is what its manifest says, if it has one."""
        manifest = read_sealed(path.with_name(path.name + SEALED), self._hub.unseal)
        if manifest is not None:
            check(mapped(path), manifest)

    def build(self) -> Path:
        """Build a list to the end, of what is reported and one more number of each block."""
        self.report()
        assert self.runs.run(*self.builds) == 0
        newest = self.folder / self.newest(self.folder).name
        assert MappedList(mapped(newest)).head.numbers == BLOCKS * self._reported
        return newest


@pytest.fixture
def hub(sqlite_url: str, tmp_path: Path) -> Iterator[Publisher]:
    """Open a hub that has published nothing yet."""
    with at_desk(sqlite_url, tmp_path) as desk, commands(tmp_path, desk.environment) as runs:
        yield Publisher(desk, runs)


def renewed(folder: Path, *, like: Path) -> None:
    """Make a folder like another one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(like, folder)


def test_a_list_build_that_is_killed_starts_again(hub: Publisher) -> None:
    hub.build()
    before = hub.build().name
    was = shutil.copytree(hub.folder, hub.desk.place / "was")
    hub.report()
    for died in hub.runs.deaths(*hub.builds, begin=partial(renewed, hub.folder, like=was)):
        newest = hub.newest(hub.folder)
        for path in hub.folder.glob("[0-9]*.list"):
            assert digest_of(digests(mapped(path))).startswith(path.stem.rpartition("-")[2]), died
        for path in hub.folder.glob("*.delta"):
            hub.whole(path)
        assert (hub.folder / newest.name).with_suffix(".delta" + SEALED).exists(), died
        assert hub.runs.run(*hub.builds) == 0
        built = hub.folder / hub.newest(hub.folder).name
        apply_delta(was / before, mapped(built.with_suffix(".delta")), path=hub.desk.place / "applied")
        assert (hub.desk.place / "applied").read_bytes() == built.read_bytes(), died
        assert list(hub.folder.glob(".*")) == [], died


def test_a_delta_that_is_killed_starts_again(hub: Publisher) -> None:
    first = shutil.copytree(hub.build().parent, hub.desk.place / "was") / hub.newest(hub.folder).name
    last, out = hub.build(), hub.desk.place / "out"
    words: list[Word] = ["list", "delta", first, last, "-o", out / "a.delta"]
    empty = hub.desk.place / "empty"
    empty.mkdir()
    for died in hub.runs.deaths(*words, begin=partial(renewed, out, like=empty)):
        if (out / "a.delta").exists():
            apply_delta(first, mapped(out / "a.delta"), path=hub.desk.place / "applied")
            assert (hub.desk.place / "applied").read_bytes() == last.read_bytes(), died
        assert (out / "a.delta").exists() or not (out / "a.delta.jws").exists(), died
        for ends in (words, ["list", "verify", out / "a.delta", "--keys", hub.keys]):
            assert hub.runs.run(*ends) == 0
        assert {path.name for path in out.iterdir()} == {"a.delta", "a.delta.jws"}, died


def test_a_pull_that_is_killed_goes_on_and_the_old_list_stays_until_the_new_one_is_whole(
    hub: Publisher,
) -> None:
    here, was = hub.desk.place / "here", hub.desk.place / "was"
    was.mkdir()
    old = None
    with served(hub.folder) as web:
        words: list[Word] = ["list", "pull", web.url, "--to", here, "--keys", hub.keys]
        for builds in (1, 2):  # the first time all of it, then two deltas
            newest = [hub.build() for _ in range(builds)][-1]
            for died in hub.runs.deaths(*words, begin=partial(renewed, here, like=was)):
                if old is not None or (here / LATEST).exists():
                    assert hub.newest(here).name in {old, newest.name}, died
                assert hub.runs.run(*words) == 0
                assert hub.newest(here).name == newest.name
                wanted = {"keys.json", LATEST, newest.name, newest.name + SEALED}
                assert {path.name for path in here.iterdir()} == wanted, died
            shutil.rmtree(was)
            shutil.copytree(here, was)
            old = newest.name
    assert web.ranges
