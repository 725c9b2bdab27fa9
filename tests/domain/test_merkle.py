"""The tree is that of RFC 9162: the vectors of Certificate Transparency, and pymerkle, which is not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from jiebang.domain.merkle import (
    EMPTY,
    Edge,
    Perfect,
    continues,
    edge_at,
    includes,
    leaf,
    node,
    prove_consistency,
    prove_inclusion,
)

ENTRIES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", bytes(range(96, 112)).hex())
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 200)


def perfect(level: int, at: int) -> bytes:
    """Work a perfect subtree out whose leaves are the numbers from nought on."""
    if level == 0:
        return leaf(str(at).encode())
    return node(perfect(level - 1, 2 * at), perfect(level - 1, 2 * at + 1))


def grown(size: int, tree: Perfect = perfect) -> Edge:
    """Let a tree grow, leaf by leaf."""
    edge = Edge()
    for at in range(size):
        edge.add(tree(0, at))
    return edge


def theirs(size: int) -> InmemoryTree:
    """Build the same tree with the library."""
    tree = InmemoryTree(algorithm="sha256")
    for at in range(size):
        tree.append_entry(str(at).encode())
    return tree


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    edge = Edge()
    for entry in ENTRIES[:size]:
        edge.add(leaf(entry))
    assert edge.root().hex() == ROOTS[size]


@given(size=SIZES)
def test_the_roots_are_those_of_the_library(size: int) -> None:
    assert grown(size).root() == theirs(size).get_root()


@given(size=SIZES)
def test_an_edge_that_was_found_again_is_the_edge_that_grew(size: int) -> None:
    assert edge_at(size, perfect) == grown(size)


@given(size=SIZES)
def test_a_leaf_completes_the_subtrees_that_end_with_it(size: int) -> None:
    edge = grown(size - 1)
    for level, at, digest in edge.add(perfect(0, size - 1)):
        assert (at + 1) << level == size
        assert digest == perfect(level, at)


@given(size=SIZES, chosen=st.integers(0))
def test_every_entry_is_shown_to_be_in_the_tree(size: int, chosen: int) -> None:
    place, root = chosen % size, grown(size).root()
    path = prove_inclusion(place, size, perfect=perfect)
    assert includes(root, size, digest=perfect(0, place), place=place, path=path)
    assert not includes(root, size, digest=leaf(b"another"), place=place, path=path)
    assert not includes(root, size, digest=perfect(0, place), place=size, path=path)
    assert not includes(root, size, digest=perfect(0, place), place=place, path=[*path, root])
    for at in range(len(path)):
        assert not includes(
            root, size, digest=perfect(0, place), place=place, path=path[:at] + path[at + 1 :]
        )


@given(size=SIZES, chosen=st.integers(0))
def test_a_tree_is_shown_to_have_only_grown(size: int, chosen: int) -> None:
    old = chosen % (size + 1)
    before, root = grown(old).root(), grown(size).root()
    path = prove_consistency(old, size, perfect=perfect)
    assert continues(before, old, root=root, size=size, path=path)
    other = leaf(b"another")
    assert not continues(other, old, root=root, size=size, path=path)
    assert not continues(before, old, root=root, size=size, path=[*path, other])
    if 0 < old < size:
        assert not continues(before, old, root=other, size=size, path=path)
        assert not continues(before, old, root=root, size=size, path=path[:-1])


def test_an_empty_tree_grows_into_any() -> None:
    assert continues(EMPTY, 0, root=grown(5).root(), size=5, path=[])
    assert not continues(leaf(b""), 0, root=grown(5).root(), size=5, path=[])
