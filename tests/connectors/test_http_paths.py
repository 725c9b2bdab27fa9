"""Paths that are walked here lead where the library's own lead."""

import jsonpath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.agent.connectors.http.paths import Path

names = st.sampled_from(["a", "b", "kind"])
texts = st.sampled_from(["x", "", "y"])
replies = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
steps = (
    names.map(".{}".format)
    | st.just("[*]")
    | st.tuples(names, texts).map(lambda pair: "[?@.{} == '{}']".format(*pair))
)
others = st.sampled_from(["[0]", "..a", "['b']", "[-1]", "[?@.a > 1]", "[?@.kind]", "['a','b']"])


@given(
    said=st.lists(replies, max_size=3) | st.dictionaries(names, replies),
    path=st.lists(steps | others, max_size=4),
)
def test_every_path_leads_where_the_library_says(said: object, path: list[str]) -> None:
    text = "$" + "".join(path)
    assert Path(text).nodes(said) == jsonpath.compile(text, strict=True).findall(said)  # type: ignore[arg-type]  # JSON


@pytest.mark.parametrize("said", ["[1]", "1", 7, None, True])
def test_what_is_neither_list_nor_object_has_nothing_in_it(said: object) -> None:
    assert [Path(text).nodes(said) for text in ("$.a", "$[*]", "$[0]", "$..a")] == [[], [], [], []]
    assert Path("$").nodes(said) == [said]


def test_a_value_is_a_text_a_number_or_a_truth() -> None:
    said: object = {"a": [None, {"b": 1}, [], False, "x"]}
    assert (Path("$.a[*]").value(said), Path("$.a").value(said)) == (False, None)
