"""A list says of each number what was put into it, and of every other that it is not covered."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.recycled.days import EPOCH, FIRST, LAST, NEVER, NOT_COVERED, code_of, day_of
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import pack
from jiebang.recycled.refusals import NotAList
from jiebang.recycled.table import BlockTable
from tests.chance import chance
from tests.recycled.made import FULL, ONE, TODAY, TWO, blocks, listed

# Any plan: 7 to 15 digits, near one another or worlds apart.
number = st.one_of(
    st.integers(10**6, 10**15 - 1), st.integers(ONE, ONE + 3 * BLOCK), st.integers(TWO, TWO + 10**7)
)
facts = st.dictionaries(number, st.integers(NEVER, LAST), max_size=40)


@chance
@given(facts, st.lists(number, max_size=20))
def test_every_number_has_the_day_that_was_put_in(
    tmp_path_factory: pytest.TempPathFactory, known: dict[int, int], others: list[int]
) -> None:
    published = listed(tmp_path_factory.mktemp("list") / "a.list", known)
    asked = [*known, *others, *(one + 1 for one in known), *(one + BLOCK for one in known), 0]
    wanted = [known.get(one, NOT_COVERED) for one in asked]
    assert published.codes_of(np.array(asked, dtype=np.int64)).tolist() == wanted
    assert [published.code(one) for one in asked] == wanted


def test_keys_too_scattered_for_tables_are_searched_for() -> None:
    keys = np.sort(np.random.default_rng(1).choice(10**11, 3000, replace=False))
    places = BlockTable(keys).places(np.concatenate((keys * BLOCK + 7, keys * BLOCK - 1)))
    assert places[:3000].tolist() == [1 + at * BLOCK + 7 for at in range(3000)]
    assert (np.maximum(places[3000:], 0) == 0).all()


def test_a_list_counts_what_it_covers(tmp_path: Path) -> None:
    published = listed(tmp_path / "a.list", {ONE: NEVER, ONE + 1: FIRST, TWO: code_of(TODAY)})
    head = published.head
    assert (head.blocks, head.numbers, head.changed, head.covered_until) == (2, 3, 2, TODAY)
    assert published.changed_on(TWO) == TODAY
    assert published.changed_on(ONE) is published.changed_on(ONE + 2) is None


def test_an_empty_list_covers_nothing(tmp_path: Path) -> None:
    published = listed(tmp_path / "a.list", {})
    assert published.codes_of(np.array([ONE, 0])).tolist() == [NOT_COVERED, NOT_COVERED]
    assert published.code(ONE) == NOT_COVERED


def test_a_number_in_use_takes_less_than_five_bytes_where_blocks_are_dense(tmp_path: Path) -> None:
    published = listed(tmp_path / "a.list", {FULL + at: NEVER for at in range(30_000) if at % 5 < 3})
    assert published.head.size / published.head.numbers < 4.6


@pytest.mark.parametrize("day", [EPOCH, TODAY, EPOCH + timedelta(days=LAST - FIRST)])
def test_a_day_is_read_as_it_was_written(day: date) -> None:
    assert day_of(code_of(day)) == day


def test_days_before_the_first_count_as_the_first_and_later_ones_are_refused() -> None:
    assert code_of(date(1900, 1, 1)) == FIRST
    with pytest.raises(OverflowError):
        code_of(date(2130, 1, 1))


def test_blocks_out_of_order_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="order"):
        pack(tmp_path / "a.list", blocks({ONE: NEVER, TWO: NEVER})[::-1], covered_until=TODAY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a list", b"\0" * 5000])
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.list").write_bytes(content)
    with pytest.raises(NotAList):
        MappedList(mapped(tmp_path / "a.list"))


def test_a_list_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    listed(tmp_path / "a.list", {ONE: NEVER})
    whole = (tmp_path / "a.list").read_bytes()
    (tmp_path / "a.list").write_bytes(whole[:-1])
    with pytest.raises(NotAList):
        MappedList(mapped(tmp_path / "a.list"))


def test_the_same_facts_make_the_same_bytes(tmp_path: Path) -> None:
    known = {ONE: NEVER, TWO: FIRST}
    listed(tmp_path / "a.list", known)
    listed(tmp_path / "b.list", dict(reversed(known.items())))
    assert (tmp_path / "a.list").read_bytes() == (tmp_path / "b.list").read_bytes()
