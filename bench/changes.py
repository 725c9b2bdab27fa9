"""
How fast a carrier's file is loaded, against the same rows thrown into the same tables by the bare driver.

The bare driver has the rows ready in memory: nothing is read, judged or looked up. It throws in the signals
that follow from them as well, as loading does, or not.
"""

import csv
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.csv
import pyarrow.parquet
from sqlalchemy.engine import make_url

from bench.figures import Figure
from jiebang.cli.loading import load_file
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.flows.add_party import add_party
from jiebang.flows.open_load import open_load
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.store.loads import Load
from jiebang.store.migrate import upgrade
from jiebang.wire import keys
from jiebang.wire.change_files import ChangeFile
from jiebang.wire.change_rows import Reading
from jiebang.wire.manifests import digest_of
from tests import postgresql

_ROWS = 300_000
_PART = 10_000
_GOAL = 0.4
_CARRIER = "par_shanhe"
_NOW = datetime.now(UTC)
_COLUMNS = "number, carrier_id, kind, not_before, not_after, holder, takes_back, reported_at, mark"
_INSERT = f"insert into changes ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - no value
_SIGNALS = "number, event, not_before, not_after, carrier_id, told_at"
_TELL = f"insert into signals ({_SIGNALS}) values (?, ?, ?, ?, ?, ?)"  # noqa: S608 - no value
_ROUNDS = 2
_FIRST = date(2014, 1, 1)

_SHAPES = (
    (55, (("assigned", 0),)),
    (12, (("assigned", 0), ("ported", 900))),
    (8, (("assigned", 0), ("suspended", 700), ("resumed", 730))),
    (25, (("assigned", 0), ("disconnected", 1500), ("assigned", 1650))),
)
"""How lines fare, and after how many days: a quarter was given to somebody else."""


def rows(count: int) -> list[tuple[str, str, str, str]]:
    """Make a file's rows, in the order of their days, as a carrier writes them."""
    chance = random.Random(20261124)
    lines = chance.sample(range(3 * 10**8), count)
    shapes = chance.choices([shape for _, shape in _SHAPES], [share for share, _ in _SHAPES], k=count)
    made: list[tuple[int, str, str, str]] = []
    for line, shape in zip(lines, shapes, strict=True):
        number = f"+86{('136', '139', '186')[line // 10**8]}{line % 10**8:08}"
        began = chance.randrange(2500)
        for nth, (kind, after) in enumerate(shape):
            made.append((began + after, number, kind, f"{chance.getrandbits(48):012x}" if nth != 1 else ""))
    del made[count:]
    made.sort(key=lambda row: row[0])
    days = {row[0]: (_FIRST + timedelta(days=row[0])).isoformat() for row in made}
    return [(number, kind, days[on], holder) for on, number, kind, holder in made]


def measure(directory: Path) -> Iterator[Figure]:
    """Load a file into each database, and throw the same rows into one just like it."""
    told = rows(_ROWS)
    plain = directory / "changes.csv"
    with plain.open("w", newline="") as file:
        csv.writer(file).writerows([("number", "change", "at", "holder"), *told])
    columnar = directory / "changes.parquet"
    texts = {name: pyarrow.string() for name in ("number", "change", "at", "holder")}
    options = pyarrow.csv.ConvertOptions(column_types=texts)
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(plain, convert_options=options), columnar)
    with postgresql.server() as server:
        for name in ("SQLite", "PostgreSQL"):
            for path in (plain, columnar):
                rounds = [_round(name, path, server=server, nth=nth) for nth in range(_ROUNDS)]
                # The best of each: others may want the machine as well.
                loaded, both, bare = (min(times) for times in zip(*rounds, strict=True))
                yield _figure(name, path, loaded=loaded, bare=both, what="with what is signalled")
                yield _figure(name, path, loaded=loaded, bare=bare, what="and nothing else")


def _round(name: str, path: Path, *, server: postgresql.Server, nth: int) -> tuple[float, float, float]:
    """Load the file, and throw its rows in barely: with the signals that it led to, and without."""
    with ExitStack() as databases:
        loaded, both, bare = (
            databases.enter_context(server.database())
            if name == "PostgreSQL"
            else f"sqlite:///{path.with_suffix(f'{path.suffix}-{nth}-{way}.db')}"
            for way in ("loaded", "both", "bare")
        )
        seconds = _load(loaded, path)
        return seconds, _bare(both, path, told=_told(loaded)), _bare(bare, path)


def _figure(name: str, path: Path, *, loaded: float, bare: float, what: str) -> Figure:
    way = "executemany" if name == "SQLite" else "COPY"
    return Figure(
        what=f"loading changes, {name}, {path.suffix[1:].upper()}",
        measured=f"{_ROWS / loaded:,.0f} rows/s",
        against=f"bare {way} of the rows {what}: {_ROWS / bare:,.0f} rows/s",
        ratio=bare / loaded,
        goal=f"at least {_GOAL}",
        met=bare / loaded >= _GOAL,
    )


def _opened(url: str) -> Database:
    database = Database(url)
    upgrade(database)
    party = Party(id=_CARRIER, role=Role.CARRIER, name=_CARRIER, jwks={"keys": []})
    add_party(database, party, now=_NOW)
    return database


def _load(url: str, path: Path) -> float:
    """Load a file as `jiebang carrier load` does; returns how many seconds that took."""
    database = _opened(url)
    house = House(
        database=database, policy=Policy(), key=keys.make(), issuer="https://hub.example",
        now=lambda: _NOW, secure_cookies=True,
    )  # fmt: skip
    begun = time.perf_counter()
    file = ChangeFile(path)
    load = Load(carrier_id=_CARRIER, digest=digest_of(path), rows=file.count(), begun_at=_NOW)
    load = open_load(database, load)
    reading = Reading(UTC, carrier_id=_CARRIER)
    done = load_file(house, file, load=load, reading=reading, report=path.with_suffix(".refused"))
    taken = time.perf_counter() - begun
    database.close()
    if done.taken != _ROWS:
        raise RuntimeError(f"{done.taken} of {_ROWS} rows were taken")
    return taken


def _ready(path: Path) -> list[tuple[Any, ...]]:
    """The rows of a file as they lie in the table, in the order of the file."""
    epoch, tick = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
    now = (_NOW - epoch) // tick
    read = ChangeFile(path).batches(Reading(UTC), size=_PART)
    changes = [change for batch in read for change in batch.changes]
    ends = [(one.at.not_before or _NOW, one.at.not_after or _NOW) for one in changes]
    return [
        (
            one.number.e164, _CARRIER, one.kind.value, (first - epoch) // tick, (last - epoch) // tick,
            one.holder, None, now, None,
        )
        for one, (first, last) in zip(changes, ends, strict=True)
    ]  # fmt: skip


def _told(url: str) -> list[tuple[Any, ...]]:
    """The signals that a loaded file has led to, as they lie in their table."""
    database = Database(url)
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"select {_SIGNALS} from signals order by seq")  # noqa: S608 - no value
        told = [tuple(row) for row in rows]
    database.close()
    return told


def _bare(url: str, path: Path, *, told: Sequence[tuple[Any, ...]] = ()) -> float:
    """Throw the rows of a file, and signals, into a database like it, in parts as large; gives seconds."""
    database = _opened(url)
    kept = _ready(path)
    where = make_url(database.engine.url)
    database.close()
    shares = [
        (kept[at : at + _PART], told[len(told) * at // _ROWS : len(told) * (at + _PART) // _ROWS])
        for at in range(0, len(kept), _PART)
    ]
    if where.get_backend_name() == "sqlite":
        connection = sqlite3.connect(where.database or "", isolation_level=None)
        for pragma in ("journal_mode = wal", "foreign_keys = on"):
            connection.execute(f"pragma {pragma}")
        begun = time.perf_counter()
        for rows, signals in shares:
            connection.execute("begin immediate")
            connection.executemany(_INSERT, rows)
            connection.executemany(_TELL, signals)
            connection.execute("commit")
        return time.perf_counter() - begun
    with psycopg.connect(host=str(where.query["host"]), user=where.username, dbname=where.database) as served:
        begun = time.perf_counter()
        for rows, signals in shares:
            _copy(served, f"changes ({_COLUMNS})", rows)
            if signals:
                _copy(served, f"signals ({_SIGNALS})", signals)
            served.commit()
        return time.perf_counter() - begun


def _copy(served: psycopg.Connection[Any], into: str, rows: Sequence[tuple[Any, ...]], /) -> None:
    with served.cursor().copy(f"copy {into} from stdin") as copy:
        for row in rows:
            copy.write_row(row)
