"""The published list: screening against DuckDB, a bare gather and SQLite, on the same numbers."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from bench.figures import Figure
from jiebang.recycled.days import NEVER, NOT_COVERED
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import pack
from jiebang.sandbox.numbers import Accounts, Population, write_accounts
from tests import postgresql

_ROWS = 10_000_000
_LISTS = {10_000_000: 1.5, 100_000_000: 3.0}
"""How many numbers the lists cover, and how many times DuckDB's pace is the goal."""
_THEIRS = {"answer": "the same rows and the same summary", "join": "the rows only, no summary"}
"""What DuckDB is asked for: all that `screen` gives, and the join alone; the goal stands beside both."""
_ROUNDS = 3
_SEED = 7
_LOOK_UPS = 20_000
_TABLE_NUMBERS = 2_000_000


def measure(directory: Path, *, rows: int = _ROWS, share: float = 1.0) -> Iterator[Figure]:
    """Measure everything; `share` makes the lists smaller, for a quick look."""
    for size, goal in _LISTS.items():
        numbers = int(size * share)
        path = directory / f"{numbers}.list"
        pack(path, Population(numbers, _SEED).blocks(), covered_until=date(2026, 10, 31))
        published = MappedList(mapped(path))
        yield from _screening(directory, published, rows=rows, goal=goal)
        yield _in_memory(published)
    small = directory / "small.list"
    pack(small, Population(int(_TABLE_NUMBERS * share), _SEED).blocks(), covered_until=date(2026, 10, 31))
    yield from _beside_tables(directory, MappedList(mapped(small)))


@dataclass(frozen=True, slots=True)
class _Run:
    """How long a program took, and how many megabytes at the most."""

    seconds: float
    megabytes: float


def _screening(directory: Path, published: MappedList, *, rows: int, goal: float) -> Iterator[Figure]:
    numbers = published.head.numbers
    for kind in ("parquet", "csv"):
        users = directory / f"users.{kind}"
        write_accounts(Accounts(published=published, count=rows, seed=_SEED), users)
        runs: dict[str, list[_Run]] = {what: [] for what in ("screen", "answer", "join")}
        for _ in range(_ROUNDS):
            for what, said in runs.items():
                said.append(_apart(what, users, directory / f"{numbers}.list"))
        pace = {what: rows / median(run.seconds for run in said) / 1e6 for what, said in runs.items()}
        most = {what: max(run.megabytes for run in said) for what, said in runs.items()}
        for what, words in _THEIRS.items():
            ratio = pace["screen"] / pace[what]
            yield Figure(
                what=f"screen {rows / 1e6:.0f} M rows of {kind}, list of {numbers / 1e6:.0f} M, end to end",
                measured=f"{pace['screen']:.1f} M/s, {most['screen']:.0f} MB",
                against=f"DuckDB, {words}: {pace[what]:.1f} M/s, {most[what]:.0f} MB",
                ratio=ratio,
                goal=f"at least {goal}, less memory",
                met=ratio >= goal and most["screen"] < most[what],
            )
        users.unlink()


def _apart(what: str, users: Path, published: Path) -> _Run:
    """Run one of the two in a process of its own, so that memory is its own, on two threads."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.list_apart", what, users, published],
        check=True, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "2"},
    ).stdout  # fmt: skip
    return _Run(**json.loads(said.splitlines()[-1]))


def _in_memory(published: MappedList) -> Figure:
    chance = np.random.default_rng(_SEED)
    at = chance.integers(1, published.codes.size, 10_000_000)
    numbers = published.keys[(at - 1) // BLOCK] * BLOCK + (at - 1) % BLOCK
    found = published.codes_of(numbers)
    bare, ours = [], []
    for _ in range(_ROUNDS):
        bare.append(_seconds(lambda: published.codes[at]))
        ours.append(_seconds(lambda: published.codes_of(numbers)))
    if not (found == published.codes[at]).all():
        raise RuntimeError("the list and a bare gather disagree")
    pace, other = (at.size / median(taken) / 1e6 for taken in (ours, bare))
    return Figure(
        what=f"screen in memory, list of {published.head.numbers / 1e6:.0f} M",
        measured=f"{pace:.0f} M/s",
        against=f"a bare NumPy gather: {other:.0f} M/s",
        ratio=pace / other,
        goal="at least 0.6",
        met=pace / other >= 0.6,
    )


def _beside_tables(directory: Path, published: MappedList) -> Iterator[Figure]:
    codes: npt.NDArray[np.uint16] = published.codes[1:]
    at = np.flatnonzero(codes != NOT_COVERED)
    numbers = (published.keys[at // BLOCK] * BLOCK + at % BLOCK).tolist()
    days = [None if code == NEVER else code for code in codes[at].tolist()]
    database = sqlite3.connect(directory / "flat.db")
    database.execute("create table facts (number integer primary key, day integer)")
    database.executemany("insert into facts values (?, ?)", zip(numbers, days, strict=True))
    database.commit()
    ours = published.head.size / len(numbers)
    for name, size in (
        ("SQLite", (directory / "flat.db").stat().st_size),
        ("PostgreSQL", _size_in_postgresql(numbers, days)),
    ):
        yield Figure(
            what="bytes for a number in use",
            measured=f"{ours:.2f}",
            against=f"a flat table of {name}: {size / len(numbers):.1f}",
            ratio=ours * len(numbers) / size,
            goal="at most 4.6 bytes",
            met=ours <= 4.6,
        )
    wanted = np.random.default_rng(_SEED).choice(numbers, _LOOK_UPS).tolist()
    select = "select day from facts where number = ?"
    there = _seconds(lambda: [database.execute(select, (one,)).fetchone() for one in wanted])
    here = _seconds(lambda: [published.changed_on(one) for one in wanted])
    database.close()
    yield Figure(
        what="a single number",
        measured=f"{here / _LOOK_UPS * 1e6:.1f} µs",
        against=f"SQLite: {there / _LOOK_UPS * 1e6:.1f} µs",
        ratio=here / there,
        goal="faster",
        met=here < there,
    )


def _size_in_postgresql(numbers: list[int], days: list[int | None]) -> int:
    """How many bytes a table of these facts takes, with the index that it is asked by."""
    with postgresql.server(*postgresql.FORGETFUL) as server:
        database = server.admin
        database.execute("create table facts (number bigint primary key, day integer)")
        with database.cursor().copy("copy facts from stdin") as copy:
            for row in zip(numbers, days, strict=True):
                copy.write_row(row)
        found = database.execute("select pg_total_relation_size('facts')").fetchone()
    return int(found[0]) if found else 0


def _seconds(work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]  # a function without arguments, and nothing more is asked of it
    return time.perf_counter() - begun
