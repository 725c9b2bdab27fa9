"""A load, a build, a delta, a pull: killed at any moment, nothing is lost, doubled or half there."""

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from jiebang.domain.number import Number
from jiebang.domain.span import day
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.recycled.delta import apply_delta
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.manifest import check, digest_of, digests
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.publish import LATEST, SEALED, read_sealed
from jiebang.store import numbers
from jiebang.store.tables import changes, loads, signals
from jiebang.wire import keys
from tests.build import NOW
from tests.cli.desk import Desk, at_desk, packed
from tests.cli.killing import Word, files, killed, kills, run
from tests.memory import CARRIER
from tests.recycled.made import FULL, Hub
from tests.recycled.web import served

KILLS = 2
BLOCKS = 500
"""How many blocks the lists have: ten megabytes."""
LINES = 13_000


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub that a carrier has joined."""
    with at_desk(database_url, tmp_path) as desk:
        yield desk


def counted(desk: Desk) -> tuple[int, int, int]:
    """Count what is kept: changes, signals, and how many rows the loads say they took."""
    with desk.database.read() as connection:
        return (
            connection.execute(select(func.count()).select_from(changes)).scalar_one(),
            connection.execute(select(func.count()).select_from(signals)).scalar_one(),
            connection.execute(select(func.coalesce(func.sum(loads.c.taken), 0))).scalar_one(),
        )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_load_that_is_killed_goes_on_where_it_was(desk: Desk, kind: str) -> None:
    file = desk.write(*(
        f"+86138{nth:08},{what}\n" for nth in range(LINES)
        for what in ("assigned,2019-01-07,h", "disconnected,2020-01-07,", "ported,2021-01-07,")
    ))  # fmt: skip
    file, first = (file, 4) if kind == "csv" else (packed(file, kind), 3)  # there is no head to count
    words: list[Word] = [file, "--carrier", CARRIER, "--report", desk.place / "changes.csv.refused.csv"]

    def together() -> None:
        kept, told, taken = counted(desk)
        assert (taken, told) == (kept, kept // 2)

    load = partial(
        killed, "carrier", "load", *words, environment=desk.environment, at_work=partial(counted, desk),
        within=0.1,
    )  # fmt: skip
    kills(KILLS, load, together)
    code, said = desk.load(*words)
    assert (code, said.splitlines()[-1]) == (1, f"{2 * LINES} loaded, 0 known already, {LINES} not taken.")
    assert counted(desk) == (2 * LINES, LINES, 2 * LINES)
    assert [line for line, _ in desk.refused()[1:]] == [str(3 * nth + first) for nth in range(LINES)]


class Publisher:
    """A hub that publishes, by the real command, what is reported to it."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.folder, self._reported = desk, desk.place / "lists", 0
        keys.write(keys.make(), desk.place / "key.json")
        self._hub = Hub(self.folder, keys.read(desk.place / "key.json"))
        (desk.place / "keys.json").write_text(json.dumps(self._hub.key.public_set()))

    def report(self) -> None:
        """Report one more number of each block."""
        firsts = range(FULL + self._reported, FULL + self._reported + BLOCKS * BLOCK, BLOCK)
        at, kind = day(date(2019, 1, 7)), ChangeKind.ASSIGNED
        told = [Change(number=Number(f"+{first}"), kind=kind, at=at) for first in firsts]
        with self.desk.database.write() as connection:
            numbers.append(connection, told, carrier_id=CARRIER, now=NOW)
        self._reported += 1

    def newest(self, folder: Path | None = None) -> Path | None:
        """Find the newest list of a folder, and check it as whoever uses it does."""
        folder = folder or self.folder
        manifest = read_sealed(folder / LATEST, self._hub.unseal)
        if manifest is None:
            return None
        check(mapped(folder / manifest.name), manifest)
        return folder / manifest.name

    def build(self) -> Path:
        """Build a list to the end."""
        run("list", "build", "--to", self.folder, environment=self.desk.environment)
        newest = self.newest()
        assert newest is not None
        assert MappedList(mapped(newest)).head.numbers == BLOCKS * self._reported
        return newest


@pytest.fixture
def hub(sqlite_url: str, tmp_path: Path) -> Iterator[Publisher]:
    """Open a hub that knows a number of each block."""
    with at_desk(sqlite_url, tmp_path) as desk:
        hub = Publisher(desk)
        hub.report()
        yield hub


def test_a_list_build_that_is_killed_starts_again(hub: Publisher) -> None:
    words: list[Word] = ["list", "build", "--to", hub.folder]
    for _ in range(KILLS):
        kills(1, partial(
            killed, *words, environment=hub.desk.environment, at_work=files(hub.folder), within=0.2
        ), hub.newest)  # fmt: skip
        hub.report()
    hub.build()
    assert list(hub.folder.glob(".*")) == []
    for path in hub.folder.glob("*.list"):
        assert digest_of(digests(mapped(path))).startswith(path.stem.rpartition("-")[2])


def test_a_delta_that_is_killed_starts_again(hub: Publisher) -> None:
    first = hub.build()
    hub.report()
    last, out = hub.build(), hub.desk.place / "out"
    words: list[Word] = ["list", "delta", first, last, "-o", out / "a.delta"]
    out.mkdir()

    def right() -> None:
        if (out / "a.delta").exists():
            apply_delta(first, mapped(out / "a.delta"), path=out / "applied")
            assert (out / "applied").read_bytes() == last.read_bytes()

    kills(KILLS, partial(
        killed, *words, environment=hub.desk.environment, at_work=files(out), within=0.1
    ), right)  # fmt: skip
    for ends in (words, ["list", "verify", out / "a.delta", "--keys", hub.desk.place / "keys.json"]):
        run(*ends, environment=hub.desk.environment)
    right()
    assert {path.name for path in out.iterdir()} == {"a.delta", "a.delta.jws", "applied"}


def test_a_pull_that_is_killed_goes_on_and_the_old_list_stays_until_the_new_one_is_whole(
    hub: Publisher,
) -> None:
    here, environment = hub.desk.place / "here", hub.desk.environment
    with served(hub.folder) as web:
        web.pause = 0.005
        words: list[Word] = ["list", "pull", web.url, "--to", here, "--keys", hub.desk.place / "keys.json"]
        for _ in range(2):  # the first time all of it, then a delta
            newest = hub.build()
            kills(KILLS, partial(
                killed, *words, environment=environment, at_work=files(here), within=0.5
            ), partial(hub.newest, here))  # fmt: skip
            run(*words, environment=environment)
            assert (here / newest.name).read_bytes() == newest.read_bytes()
            assert hub.newest(here) == here / newest.name
            hub.report()
            wanted = {"keys.json", LATEST, newest.name, newest.name + SEALED}
            assert {path.name for path in here.iterdir()} == wanted
        assert web.ranges
