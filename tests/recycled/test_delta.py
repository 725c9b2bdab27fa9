"""A delta leads from one list to the next byte for byte, and from no other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.recycled.days import LAST, NEVER
from jiebang.recycled.delta import apply_delta, make_delta
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.mapped import mapped
from jiebang.recycled.refusals import NotItsBeginning
from tests.chance import chance
from tests.recycled.made import FULL, ONE, TWO, listed

number = st.one_of(st.integers(ONE, ONE + 4 * BLOCK), st.integers(TWO, TWO + 2 * BLOCK))
facts = st.dictionaries(number, st.integers(NEVER, LAST), max_size=30)


@chance
@given(st.lists(facts, min_size=2, max_size=4))
def test_a_chain_of_deltas_ends_at_the_fresh_build(
    tmp_path_factory: pytest.TempPathFactory, days: list[dict[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    for at, known in enumerate(days):
        listed(folder / f"{at}.list", known)
    here = folder / "here.list"
    here.write_bytes((folder / "0.list").read_bytes())
    for at in range(1, len(days)):
        make_delta(folder / f"{at - 1}.list", folder / f"{at}.list", path=folder / "delta")
        apply_delta(here, mapped(folder / "delta"), path=here)
        assert here.read_bytes() == (folder / f"{at}.list").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make two lists and the delta between them."""
    listed(tmp_path / "a.list", {ONE: NEVER, TWO: 400})
    listed(tmp_path / "b.list", {ONE: 500, ONE + BLOCK: NEVER})
    make_delta(tmp_path / "a.list", tmp_path / "b.list", path=tmp_path / "delta")
    return tmp_path


def test_a_delta_applied_again_changes_nothing(folder: Path) -> None:
    for _ in range(2):
        apply_delta(folder / "a.list", mapped(folder / "delta"), path=folder / "a.list")
        assert (folder / "a.list").read_bytes() == (folder / "b.list").read_bytes()


def test_a_delta_is_refused_by_any_other_list(folder: Path) -> None:
    listed(folder / "c.list", {ONE: NEVER})
    before = (folder / "c.list").read_bytes()
    with pytest.raises(NotItsBeginning):
        apply_delta(folder / "c.list", mapped(folder / "delta"), path=folder / "c.list")
    assert (folder / "c.list").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["a.list", "b.list", "c.list", "delta"]


def test_a_few_changes_take_a_few_bytes_and_a_whole_block_no_more_than_itself(tmp_path: Path) -> None:
    known = {FULL + at: NEVER for at in range(BLOCK)}
    listed(tmp_path / "a.list", known)
    listed(tmp_path / "b.list", {**known, FULL: 500})
    listed(tmp_path / "c.list", dict.fromkeys(known, 500))
    sizes = []
    for end in ("b", "c"):
        make_delta(tmp_path / "a.list", tmp_path / f"{end}.list", path=tmp_path / "delta")
        sizes.append((tmp_path / "delta").stat().st_size)
    assert sizes[0] < 4300
    assert sizes[1] < 4300 + 2 * BLOCK
