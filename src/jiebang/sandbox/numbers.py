"""
Numbers of no particular people: real numbering plans, realistic lives, and the same again from the same seed.

Mobile ranges of eight countries come from the library's tables. Blocks are taken up densely, as carriers take
them up: about 60 of 100 numbers in use. About three in ten of those have had another holder before, the later
the likelier, as markets have grown.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import phonenumbers
import pyarrow as pa
from phonenumbers import PhoneNumberType
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from jiebang.recycled.days import NEVER, NOT_COVERED, code_of, day_of
from jiebang.recycled.layout import BLOCK, Codes, Numbers
from jiebang.recycled.mapped import MappedList
from jiebang.recycled.pack import Block

COUNTRIES = {"CN": 0.58, "US": 0.14, "IN": 0.09, "BR": 0.05, "DE": 0.04, "GB": 0.04, "JP": 0.03, "KR": 0.03}
"""How the numbers are spread over regions."""
_IN_USE, _RECYCLED = 0.6, 0.3
_LAST_FOUR = 4
_FIRST_DAY, _LAST_DAY = date(2010, 1, 1), date(2026, 10, 31)
_REST = timedelta(days=120)
"""Between two holders; longer than any country asks for."""
_KNOWN, _ELSEWHERE = 0.95, 0.04
"""Of a platform's records: those on covered numbers, and those on others. The rest are on none."""
_BATCH = 1 << 18
NO_NUMBERS = ("", "unknown", "n/a", "+86138", "00000000")
ODDLY = ("+{cc} {rest}", "＋{cc}{rest}", "+{cc}-{rest}", "tel:+{cc}{rest}")


def _unheard(_made: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Population:
    """So many numbers in use, all from one seed."""

    count: int
    seed: int

    def blocks(self) -> Iterator[Block]:
        """Give the blocks of a list of these numbers, by ascending key."""
        left = self.count
        for key in self._keys():
            codes = self._block(key)
            if left < BLOCK:
                codes[np.cumsum(codes != NOT_COVERED) > left] = NOT_COVERED
            left -= int(np.count_nonzero(codes))
            if codes.any():
                yield key, codes

    def changes(self) -> Iterator[tuple[str, str, str, str]]:
        """Give what carriers would report of them: number, change, day, holder."""
        for key, codes in self.blocks():
            chance = np.random.default_rng([self.seed, key, 1])
            for place in np.flatnonzero(codes):
                number, days = f"+{key * BLOCK + int(place)}", int(chance.integers(200, 3000))
                day = day_of(int(codes[place]))
                if day is None:
                    begun = _LAST_DAY - timedelta(days=days)
                    yield number, "assigned", begun.isoformat(), f"{number[-6:]}a"
                    continue
                yield number, "assigned", (day - _REST - timedelta(days=days)).isoformat(), f"{number[-6:]}a"
                yield number, "disconnected", (day - _REST).isoformat(), ""
                yield number, "assigned", day.isoformat(), f"{number[-6:]}b"

    def _block(self, key: int) -> Codes:
        chance = np.random.default_rng([self.seed, key])
        codes: Codes = np.full(BLOCK, NEVER, dtype=np.uint16)
        first, days = code_of(_FIRST_DAY), (_LAST_DAY - _FIRST_DAY).days
        later = (np.sqrt(chance.random(BLOCK)) * days).astype(np.uint16) + np.uint16(first)
        codes = np.where(chance.random(BLOCK) < _RECYCLED, later, codes)
        return np.where(chance.random(BLOCK) < _IN_USE, codes, np.uint16(NOT_COVERED)).astype(np.uint16)

    def _keys(self) -> list[int]:
        """Choose blocks, region by region; a little more than will be needed."""
        wanted = self.count / (_IN_USE * BLOCK)
        keys: set[int] = set()
        for region, share in COUNTRIES.items():
            keys.update(_keys_of(region, int(wanted * share * 1.05) + 1, seed=self.seed))
        return sorted(keys)


def _keys_of(region: str, count: int, *, seed: int) -> set[int]:
    """Choose blocks of a region's mobile ranges, in runs, as carriers are given them."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        raise ValueError(f"no mobile numbers are known of {region}")
    digits = phonenumbers.national_significant_number(example)
    country, ranges = phonenumbers.country_code_for_region(region), _ranges(region, len(digits))
    chance, keys = np.random.default_rng([seed, country]), set[int]()
    span = 10 ** (len(digits) - 3 - _LAST_FOUR)
    run = min(max(count // 40, 1), span)
    while len(keys) < count:
        first = ranges[int(chance.integers(len(ranges)))]
        start = int(chance.integers(span - run + 1))
        for middle in range(start, start + run):
            own = int(first) * span + middle
            line = phonenumbers.PhoneNumber(country_code=country, national_number=own * BLOCK + 1234)
            if len(keys) < count and phonenumbers.is_valid_number(line):
                keys.add(int(f"{country}{own}"))
    return keys


def _ranges(region: str, length: int) -> list[str]:
    """List the first three digits of a region's mobile numbers."""
    code = phonenumbers.country_code_for_region(region)
    mobile = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    found = []
    for first in range(100, 1000):
        own = int(str(first) + "234567890123"[: length - 3])
        line = phonenumbers.PhoneNumber(country_code=code, national_number=own)
        if phonenumbers.is_valid_number(line) and phonenumbers.number_type(line) in mobile:
            found.append(str(first))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """A platform's records on numbers of a list: so many, a share of them oddly spelled, from one seed."""

    published: MappedList
    count: int
    seed: int
    odd: float = 0.0

    def tables(self) -> Iterator[pa.Table]:
        """Give the records, some hundred thousand at a time."""
        chance = np.random.default_rng([self.seed, 2])
        for start in range(0, self.count, _BATCH):
            size = min(_BATCH, self.count - start)
            days = chance.integers(0, (_LAST_DAY - _FIRST_DAY).days, size)
            bound = np.datetime64(_FIRST_DAY) + days.astype("timedelta64[D]")
            serial = pa.array(np.arange(start, start + size))
            yield pa.table(
                {
                    "account": serial,
                    "number": self._spelled(self._numbers(size, chance), chance),
                    "bound_on": pa.array(bound.astype("datetime64[D]")),
                }
            )

    def _numbers(self, size: int, chance: np.random.Generator) -> Numbers:
        known = np.empty(0, dtype=np.int64)
        while known.size < size:
            at = chance.integers(0, self.published.codes.size - 1, size)
            at = at[self.published.codes[1 + at] != NOT_COVERED]
            known = np.concatenate((known, self.published.keys[at // BLOCK] * BLOCK + at % BLOCK))
        kind = chance.random(size)
        elsewhere = 491700000000 + chance.integers(0, 9999999, size)
        spread = np.where(kind < _KNOWN, known[:size], elsewhere)
        numbers: Numbers = np.where(kind < _KNOWN + _ELSEWHERE, spread, 0)
        return numbers

    def _spelled(self, numbers: Numbers, chance: np.random.Generator) -> pa.Array:
        none = chance.integers(0, len(NO_NUMBERS), numbers.size)
        oddly = chance.random(numbers.size) < self.odd
        texts = [f"+{number}" for number in numbers.tolist()]
        for place in np.flatnonzero(numbers == 0).tolist():
            texts[place] = NO_NUMBERS[none[place]]
        for place in np.flatnonzero(oddly & (numbers > 0)).tolist():
            line = phonenumbers.parse(texts[place])
            pattern = ODDLY[place % len(ODDLY)]
            texts[place] = pattern.format(cc=line.country_code, rest=line.national_number)
        return pa.array(texts)


def write_changes(population: Population, path: Path, *, told: Callable[[int], None] = _unheard) -> int:
    """Write a carrier's change file of a population, and count its rows; `told` hears how many there are."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("number", "change", "at", "holder"))
        rows = 0
        for rows, change in enumerate(population.changes(), start=1):
            writer.writerow(change)
            if rows % _BATCH == 0:
                told(rows)
    return rows


def write_accounts(accounts: Accounts, path: Path, *, told: Callable[[int], None] = _unheard) -> None:
    """Write a platform's records, as CSV or as Parquet by the ending of the file's name; `told` as above."""
    tables = accounts.tables()
    first = next(tables)
    kind = parquet.ParquetWriter if path.suffix == ".parquet" else _csv_writer
    written = 0
    with kind(path, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)
            written += table.num_rows
            told(written)


def _csv_writer(path: Path, schema: pa.Schema) -> arrow_csv.CSVWriter:
    return arrow_csv.CSVWriter(path, schema, write_options=arrow_csv.WriteOptions(quoting_style="none"))
