"""Random records of platforms, in whatever spelling and type they come; what they mean, SQL has to say."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from pyarrow import parquet

from jiebang.recycled.days import NEVER, NOT_COVERED, code_of
from tests.recycled.made import ONE, TWO

MOVED = date(2024, 3, 1)
WORLD = "001"
HEAD = ["id", "note", "number", "bound_on"]
_FULL_WIDTH = str.maketrans("+0123456789", "＋０１２３４５６７８９")
_SECOND, _MILLISECOND, _MICROSECOND = 1, 10**3, 10**6

near = st.integers(-2, 2).map(lambda days: MOVED + timedelta(days=days))
moments = st.integers(-4, 4).map(
    lambda half_days: datetime(2024, 3, 1, 5, 30, tzinfo=UTC) + timedelta(hours=12 * half_days)
)
_NUMBERS = (ONE, ONE + 1, ONE + 2, TWO, TWO + 1)
known = st.sampled_from(_NUMBERS)
_codes = st.one_of(
    near.map(code_of), near.map(code_of), near.map(code_of), st.sampled_from([NEVER, NOT_COVERED])
)
facts = st.tuples(*[_codes] * len(_NUMBERS)).map(
    lambda codes: {number: code for number, code in zip(_NUMBERS, codes, strict=True) if code != NOT_COVERED}
)
"""Few numbers and few days, so that most records meet a day close to their own."""


def _grouped(pattern: str) -> Callable[[int], str]:
    """Write a number in groups, as its country does: its country's digits, three, and the rest in two."""

    def spell(number: int) -> str:
        digits = f"{number}"
        own = 2 if digits.startswith("86") else 1
        return pattern.format(
            digits[:own], digits[own : own + 3], digits[own + 3 : own + 7], digits[own + 7 :]
        )

    return spell


SPELLED: Sequence[Callable[[int], str]] = (
    "+{}".format, "+{}".format, "+{}".format, " +{} ".format, "tel:+{}".format, "＋{}".format,
    _grouped("+{} {} {} {}"), _grouped("+{}-{}-{}-{}"), _grouped("+{} ({}) {}{}"),
    lambda number: f"+{number}".translate(_FULL_WIDTH),
)  # fmt: skip
BARE: dict[str | None, Sequence[Callable[[int], str]]] = {
    None: ("{}".format,),
    "CN": (lambda number: f"{number}".removeprefix("86") if number >= ONE else f"+{number}",),
    WORLD: ("{}".format, "00{}".format, "{}.0".format),
}
"""How numbers are spelled without a plus sign, by region; without a region, those are none."""
NO_NUMBERS = ("", "unknown", "+", "+86138", "+999138001380", "12", "+8613800138000138")
DAYS: Sequence[Callable[[date], str]] = (
    str, str, "{:%Y/%m/%d}".format, "{:%Y%m%d}".format, "{0.year}-{0.month}-{0.day}".format,
    "{0.year}年{0.month}月{0.day}日".format, "{:%Y-%m-%d} 23:59:59".format, "{:%Y-%m-%dT00:00:00}".format,
)  # fmt: skip
MOMENTS: Sequence[Callable[[datetime], str]] = (
    "{:%Y-%m-%dT%H:%M:%SZ}".format, "{:%Y-%m-%d %H:%M:%S+00:00}".format,
    lambda at: f"{at.timestamp():.0f}", lambda at: f"{at.timestamp() * _MILLISECOND:.0f}",
    lambda at: f"{at.timestamp() * _MICROSECOND:.0f}",
)  # fmt: skip
NO_DAYS = ("", "yesterday", "2024-13-01", "0000-00-00", "20240230", "12")


def _one(spellings: Sequence[Callable[[Any], str]], values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.builds(lambda spell, value: spell(value), st.sampled_from(spellings), values)


def numbers(region: str | None) -> st.SearchStrategy[str | None]:
    """Draw numbers as text."""
    spelled = _one((*SPELLED, *BARE[region]), known)
    return st.one_of(spelled, spelled, spelled, spelled, st.sampled_from(NO_NUMBERS) | st.none())


bounds = st.one_of(
    _one(DAYS, near), _one(DAYS, near), _one(MOMENTS, moments), _one(MOMENTS, moments),
    st.sampled_from(NO_DAYS) | st.none(),
)  # fmt: skip
_LEAST = st.sampled_from([0, 15])
notes = st.sampled_from(["", "x", 'said "so"', "one\nand another", "晚秋, 李", "two\r\nlines", " "])


@dataclass(frozen=True, slots=True)
class Users:
    """Records, and the region in which their numbers are read."""

    region: str | None
    table: pa.Table
    broken: int = 0
    """How many rows a CSV file has besides that have too few values or too many."""

    def write_csv(self, path: Path) -> None:
        """Write them as CSV; what is null is empty, and rows that are none stand in between."""
        rows = [
            [row[name] if row[name] is not None else "" for name in HEAD] for row in self.table.to_pylist()
        ]
        for nth in range(self.broken):
            rows.insert(nth * 2, [["1"], ["1", "x", "+8613800138000", "2024-01-01", "more"]][nth % 2])
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([HEAD, *rows])

    def write(self, path: Path, *, row_group: int) -> None:
        """Write them in the format that the name says."""
        if path.suffix == ".csv":
            self.write_csv(path)
        else:
            parquet.write_table(self.table, path, row_group_size=row_group)


def _table(numbers: pa.Array, bounds: pa.Array, notes: list[str]) -> pa.Table:
    ids = [f"{nth}" for nth in range(len(notes))]
    return pa.table(dict(zip(HEAD, (ids, notes, numbers, bounds), strict=True)))


@st.composite
def spelled_users(draw: st.DrawFn) -> Users:
    """Draw records whose columns are text, each spelled as it may be."""
    region = draw(st.sampled_from([None, "CN", WORLD]))
    rows = draw(st.lists(st.tuples(numbers(region), bounds, notes), min_size=draw(_LEAST), max_size=40))
    kind = draw(st.sampled_from([pa.string(), pa.large_string()]))
    columns = [pa.array([row[at] for row in rows], kind) for at in (0, 1)]
    if draw(st.booleans()):
        columns = [column.dictionary_encode() for column in columns]
    broken = draw(st.integers(0, len(rows) // 4))
    return Users(region, _table(columns[0], columns[1], [note for *_, note in rows]), broken)


NUMBER_TYPES = (pa.int64(), pa.uint64(), pa.float64())
BOUND_TYPES = (
    pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns"),
    pa.timestamp("ms", "UTC"), pa.timestamp("us", "America/New_York"), pa.int64(), pa.float64(),
)  # fmt: skip


@st.composite
def typed_users(draw: st.DrawFn) -> Users:
    """Draw records whose columns are numbers, days and instants."""
    rows = draw(
        st.lists(st.tuples(st.none() | known, st.none() | moments, notes), min_size=draw(_LEAST), max_size=40)
    )
    kind, bound_kind = draw(st.sampled_from(NUMBER_TYPES)), draw(st.sampled_from(BOUND_TYPES))
    lines = pa.array([number for number, _, _ in rows], pa.int64()).cast(kind)
    at = [moment for _, moment, _ in rows]
    if pa.types.is_integer(bound_kind) or pa.types.is_floating(bound_kind):
        unit = draw(st.sampled_from([_SECOND, _MILLISECOND, _MICROSECOND, None]))
        said = [one and (int(one.timestamp()) * unit if unit else int(f"{one:%Y%m%d}")) for one in at]
        bound = pa.array(said, pa.int64()).cast(bound_kind)
    else:
        bound = pa.array(at, pa.timestamp("us", "UTC")).cast(pa.timestamp("us")).cast(bound_kind, safe=False)
    return Users(WORLD, _table(lines, bound, [note for *_, note in rows]))
