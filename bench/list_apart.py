"""One side of the bench of screening, as a process: `python -m bench.list_apart WHAT USERS LIST`."""

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from jiebang.recycled.days import EPOCH, FIRST, NEVER, NOT_COVERED
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.manifest import digests
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.screen import Screening, screen

_STRETCH = 500 * BLOCK
_JOIN = """
    copy (select u.* from {users} u join facts f on f.number = try_cast(u.number as bigint)
          where f.day > try_cast(u.bound_on as date)) to '{out}' (format {kind}{more})
"""
_JUDGE = """
    create temp table judged as
    select u.*, case when try_cast(u.number as bigint) is null then 'not a number'
        when f.number is null then 'not covered' when f.day > try_cast(u.bound_on as date) then 'changed'
        when f.day = try_cast(u.bound_on as date) then 'same day' else 'not changed' end as verdict
    from {users} u left join facts f on f.number = try_cast(u.number as bigint)
"""
_CHANGED = """
    copy (select * exclude (verdict) from judged where verdict = 'changed')
    to '{out}' (format {kind}{more})
"""
_COUNT = "select verdict, count(*) from judged group by verdict"


def screened(users: Path, published: Path) -> Callable[[], object]:
    """Prepare nothing: checking the list is part of the work."""

    def work() -> object:
        file = mapped(published)
        digests(file)
        out = users.with_name(f"out{users.suffix}")
        return screen(users, out, screening=Screening(published=MappedList(file)))

    return work


def joined(users: Path, published: Path, *, summed: bool) -> Callable[[], object]:
    """Prepare a sorted table of the same facts, once; joining, and counting if asked, is the work."""
    path = published.with_suffix(".duckdb")
    if not path.exists():
        _write_facts(MappedList(mapped(published)), path)
    kind = users.suffix.removeprefix(".")
    reading = f"read_parquet('{users}')" if kind == "parquet" else f"read_csv('{users}', all_varchar = true)"
    out, more = users.with_name(f"theirs{users.suffix}"), "" if kind == "parquet" else ", header"
    database = duckdb.connect(path, read_only=True, config={"threads": 2})

    def join() -> object:
        return database.execute(_JOIN.format(users=reading, out=out, kind=kind, more=more))

    def answer() -> object:
        # One reading of the file: joining twice, once for the rows and once for the summary, takes longer.
        database.execute(_JUDGE.format(users=reading))
        database.execute(_CHANGED.format(out=out, kind=kind, more=more))
        return database.execute(_COUNT).fetchall()

    return answer if summed else join


def _write_facts(published: MappedList, path: Path) -> None:
    with duckdb.connect(path) as database:
        database.execute("create table facts (number bigint, day date)")
        since = (EPOCH - EPOCH.fromisoformat("1970-01-01")).days - FIRST
        for start in range(1, published.codes.size, _STRETCH):
            codes = published.codes[start : start + _STRETCH]
            at = np.flatnonzero(codes != NOT_COVERED)
            place = at + start - 1
            numbers = published.keys[place // BLOCK] * BLOCK + place % BLOCK
            days = pa.array(codes[at].astype(np.int32) + since, mask=codes[at] == NEVER).cast(pa.date32())
            facts = pa.table({"number": numbers, "day": days})
            database.register("stretch", facts)
            database.execute("insert into facts select * from stretch")


def main(what: str, users: str, published: str) -> None:
    """Do it once, and say how long it took and how many megabytes at the most."""
    if what == "screen":
        work = screened(Path(users), Path(published))
    else:
        work = joined(Path(users), Path(published), summed=what == "answer")
    begun = time.perf_counter()
    said = work()
    seconds = time.perf_counter() - begun
    # What `getrusage` says may be the parent's: it survives the start of another program.
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    sys.stderr.write(f"{said}\n")
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": peak}) + "\n")


main(*sys.argv[1:4])
