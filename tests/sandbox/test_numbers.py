"""Numbers of nobody are real numbers, recycled as numbers are, and the same again from the same seed."""

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from jiebang.domain.errors import NotANumber
from jiebang.domain.number import Number, parse
from jiebang.domain.tenure import ChangeKind
from jiebang.recycled.days import FIRST
from jiebang.recycled.histories import facts
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import blocks_of, pack
from jiebang.sandbox.numbers import Accounts, Population, write_accounts, write_changes
from jiebang.wire.change_files import ChangeFile
from jiebang.wire.change_rows import Reading
from tests.build import BEIJING
from tests.recycled.made import TODAY

POPULATION = Population(5000, 7)


def test_a_population_is_as_large_as_was_asked_and_three_in_ten_are_recycled() -> None:
    codes = np.concatenate([codes for _, codes in Population(100_000, 7).blocks()])
    assert np.count_nonzero(codes) == 100_000
    assert 0.28 < np.count_nonzero(codes >= FIRST) / 100_000 < 0.32


def test_each_number_is_one_that_can_exist() -> None:
    numbers = [
        f"+{key * BLOCK + int(place)}"
        for key, codes in Population(100_000, 7).blocks()
        for place in np.flatnonzero(codes)[::997]
    ]
    wrong = 0
    for number in numbers:
        try:
            parse(number)
        except NotANumber:
            wrong += 1
    assert (wrong, len({number[:3] for number in numbers}) > 5) == (0, True)


def test_the_same_seed_makes_the_same_and_another_makes_others(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_changes(Population(2000, seed), tmp_path / name)
    one, again, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert one == again != other


def test_what_carriers_report_makes_the_same_list(tmp_path: Path) -> None:
    write_changes(POPULATION, tmp_path / "changes.csv")
    [batch] = ChangeFile(tmp_path / "changes.csv").batches(Reading(BEIJING), size=1 << 20)
    assert batch.unreadable == {}
    known = batch.changes
    assert isinstance(known[0].number, Number)
    assert {change.kind for change in known} == {ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED}
    histories = [(e164, list(said)) for e164, said in groupby(known, key=lambda change: change.number.e164)]
    pack(tmp_path / "a.list", blocks_of(facts(histories, BEIJING)), covered_until=TODAY)
    pack(tmp_path / "b.list", POPULATION.blocks(), covered_until=TODAY)
    assert (tmp_path / "a.list").read_bytes() == (tmp_path / "b.list").read_bytes()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_records_come_in_either_format(tmp_path: Path, kind: str) -> None:
    pack(tmp_path / "a.list", POPULATION.blocks(), covered_until=TODAY)
    published = MappedList(mapped(tmp_path / "a.list"))
    accounts = Accounts(published=published, count=1000, seed=1, odd=0.1)
    write_accounts(accounts, tmp_path / f"users.{kind}")
    assert (tmp_path / f"users.{kind}").stat().st_size > 5000
