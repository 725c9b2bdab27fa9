"""
The Merkle tree of RFC 9162 §2.1: one digest for a whole journal, and short proofs of what is in it.

Written here and not taken from a library: the one that is kept up (pymerkle) is under the GPL, which a hub
that others build on cannot take in. The tests hold this to it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Perfect = Callable[[int, int], bytes]
"""Gives the digest of a perfect subtree: of the `at`-th stretch of `2 ** level` leaves."""

EMPTY = hashlib.sha256().digest()
"""The digest of a tree without a leaf (RFC 9162 §2.1.1)."""


def leaf(entry: bytes) -> bytes:
    """Hash one entry; the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Edge:
    """The right edge of a growing tree: all that must be remembered to go on."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)
    """The roots of the perfect subtrees that the tree consists of, the largest first."""

    def add(self, digest: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's digest, and give the subtrees that it completes: level, which one, digest."""
        at, level, complete = self.size, 0, []
        while at & 1:
            digest, at, level = node(self.peaks.pop(), digest), at >> 1, level + 1
            complete.append((level, at, digest))
        self.peaks.append(digest)
        self.size += 1
        return complete

    def root(self) -> bytes:
        """Give the digest of the whole tree."""
        if not self.peaks:
            return EMPTY
        *before, root = self.peaks
        for peak in reversed(before):
            root = node(peak, root)
        return root


def edge_at(size: int, perfect: Perfect) -> Edge:
    """Find the edge of a tree again that has so many leaves."""
    peaks, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(perfect(level, start >> level))
            start += 1 << level
    return Edge(size, peaks)


def prove_inclusion(place: int, size: int, *, perfect: Perfect) -> list[bytes]:
    """Say which digests show that an entry is in a tree of that size (RFC 9162 §2.1.3.1)."""
    return _path(place, 0, stop=size, perfect=perfect)


def _path(place: int, start: int, *, stop: int, perfect: Perfect) -> list[bytes]:
    if stop - start == 1:
        return []
    middle = start + _half(stop - start)
    if place < middle:
        return [*_path(place, start, stop=middle, perfect=perfect), _digest(middle, stop, perfect=perfect)]
    return [*_path(place, middle, stop=stop, perfect=perfect), _digest(start, middle, perfect=perfect)]


def prove_consistency(old: int, size: int, *, perfect: Perfect) -> list[bytes]:
    """Say which digests show that a tree has only grown since it was `old` entries long (§2.1.4.1)."""
    return [] if old in {0, size} else _subproof(old, 0, stop=size, perfect=perfect, whole=True)


def _subproof(old: int, start: int, *, stop: int, perfect: Perfect, whole: bool) -> list[bytes]:
    if old == stop:
        return [] if whole else [_digest(start, stop, perfect=perfect)]
    middle = start + _half(stop - start)
    if old <= middle:
        return [
            *_subproof(old, start, stop=middle, perfect=perfect, whole=whole),
            _digest(middle, stop, perfect=perfect),
        ]
    return [
        *_subproof(old, middle, stop=stop, perfect=perfect, whole=False),
        _digest(start, middle, perfect=perfect),
    ]


def includes(root: bytes, size: int, *, digest: bytes, place: int, path: Sequence[bytes]) -> bool:
    """Check that a leaf's digest is at a place of the tree with this root (RFC 9162 §2.1.3.2)."""
    if not 0 <= place < size:
        return False
    at, last = place, size - 1
    for one in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            digest = node(one, digest)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            digest = node(digest, one)
        at, last = at >> 1, last >> 1
    return last == 0 and digest == root


def continues(old_root: bytes, old: int, *, root: bytes, size: int, path: Sequence[bytes]) -> bool:
    """Check that the tree with the second root has only grown from that with the first (§2.1.4.2)."""
    if old in {0, size}:
        return not path and old_root == (root if old else EMPTY)
    digests = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not 0 < old < size or not digests:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = digests[0]
    for one in digests[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node(one, before), node(one, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _digest(start: int, stop: int, *, perfect: Perfect) -> bytes:
    size = stop - start
    if size & (size - 1) == 0:
        return perfect(size.bit_length() - 1, start // size)
    middle = start + _half(size)
    return node(_digest(start, middle, perfect=perfect), _digest(middle, stop, perfect=perfect))


def _half(size: int) -> int:
    """Give the largest power of two that is smaller."""
    return 1 << (size - 1).bit_length() - 1
