"""Screening gives the rows that SQL gives on the very same file, whatever stands in it."""

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from jiebang.recycled.days import day_of
from jiebang.recycled.screen import Screening, screen
from jiebang.recycled.verdicts import Verdict
from tests.chance import chance
from tests.recycled.made import listed
from tests.recycled.odd_users import HEAD, WORLD, Users, facts, spelled_users, typed_users

HOURS = {"UTC": 0, "Asia/Shanghai": 8}
"""The lists' time zones, and how far they are ahead."""
LINE = {
    None: r"\+(86[0-9]{11}|1[0-9]{10})",
    "CN": r"(\+86[0-9]{11}|\+1[0-9]{10}|1[0-9]{10})",
    WORLD: r"\+?0?0?(86[0-9]{11}|1[0-9]{10})",
}
"""What is a number in a region, once all that is no digit is gone but the plus sign."""
SQL = Path(__file__).with_name("same_as_sql.sql").read_text()
FROM_CSV = """
    create temp table users as select id, number, bound_on as bound from read_csv($path, header = true,
    auto_detect = false, delim = ',', quote = '"', escape = '"', ignore_errors = true, strict_mode = true,
    columns = {'id': 'varchar', 'note': 'varchar', 'number': 'varchar', 'bound_on': 'varchar'})
"""
AS_TEXT = {"DOUBLE": "{}::bigint::varchar", "TIMESTAMP WITH TIME ZONE": "epoch_us({})::varchar"}


def by_sql(path: Path, screening: Screening, *, known: pa.Table) -> dict[str, list[str]]:
    """Let DuckDB read the file and judge it: which records have which verdict."""
    with duckdb.connect() as database:
        if path.suffix == ".csv":
            database.execute(FROM_CSV, {"path": str(path)})
        else:
            users = database.read_parquet(str(path))
            kinds = dict(zip(users.columns, map(str, users.types), strict=True))
            number, bound = (AS_TEXT.get(kinds[name], "{}::varchar").format(name) for name in HEAD[2:])
            users.project(f"id, {number} as number, {bound} as bound").create_view("users")
        database.register("facts", known)
        given = {
            "line": LINE[screening.region], "region": screening.region or "",
            "ahead": timedelta(hours=HOURS[screening.zone]),
        }  # fmt: skip
        return dict(database.execute(SQL, given).fetchall())


def rows_of(path: Path) -> list[dict[str, object]]:
    """Read a file's records; of a CSV file, those that are whole."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
            return [dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)]
    return list(parquet.read_table(path).to_pylist())


def holds(users: Users, path: Path, *, screening: Screening, known: pa.Table) -> None:
    """Hold that what comes out of a file are the rows that SQL finds, as they are, and all are counted."""
    found = by_sql(path, screening, known=known)
    out = path.with_stem("out")
    counted = screen(path, out, screening=screening)
    wanted = Counter({verdict: len(ids) for verdict, ids in found.items()})
    if path.suffix == ".csv":
        wanted["NOT_A_ROW"] = users.broken
    assert Counter({one.name: count for one, count in counted.items()}) == +wanted
    chosen = {one for verdict in screening.wanted for one in found.get(verdict.name, [])}
    assert rows_of(out) == [row for row in rows_of(path) if row["id"] in chosen]


@pytest.mark.parametrize("kind", ["csv", "parquet", "typed parquet"])
def test_sql_gives_the_same_answer_on_the_same_file(kind: str) -> None:
    @chance
    @given(
        users=typed_users() if kind == "typed parquet" else spelled_users(), facts=facts,
        zone=st.sampled_from(sorted(HOURS)), wanted=st.sets(st.sampled_from(list(Verdict)[:-1])),
        row_group=st.integers(1, 30),
    )  # fmt: skip
    def holds_for(
        users: Users, facts: dict[int, int], zone: str, wanted: set[Verdict], row_group: int
    ) -> None:
        days = pa.array([day_of(code) for code in facts.values()], pa.date32())
        known = pa.table({"number": pa.array(list(facts), pa.int64()), "day": days})
        with TemporaryDirectory(prefix="jiebang-") as folder:
            screening = Screening(
                published=listed(Path(folder) / "a.list", facts),
                zone=zone,
                region=users.region,
                wanted=tuple(wanted),
            )
            path = Path(folder) / f"users.{kind.rsplit(maxsplit=1)[-1]}"
            users.write(path, row_group=row_group)
            holds(users, path, screening=screening, known=known)

    holds_for()
