"""Packing: from facts, ordered by number, to a list's file; in memory there is one block at a time."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from jiebang.recycled.days import FIRST
from jiebang.recycled.layout import BLOCK, HEAD_BYTES, Codes, Head
from jiebang.recycled.whole import written_whole

Block = tuple[int, Codes]
"""A key, and the day code of each of its 10,000 numbers."""


def pack(path: Path, blocks: Iterable[Block], *, covered_until: date) -> Head:
    """
    Write a list, whole or not at all; `blocks` come with ascending keys, and none of them empty.

    Raises `ValueError` when keys do not ascend.
    """
    keys, numbers, changed = [-1], 0, 0
    with written_whole(path) as file:
        file.write(bytes(HEAD_BYTES))
        for key, codes in blocks:
            if key <= keys[-1]:
                raise ValueError("the blocks of a list come in the order of their keys, each once")
            keys.append(key)
            numbers += int(np.count_nonzero(codes))
            changed += int(np.count_nonzero(codes >= FIRST))
            file.write(np.ascontiguousarray(codes, dtype="<u2").data)
        file.write(np.array(keys[1:], dtype="<i8").tobytes())
        head = Head(covered_until=covered_until, blocks=len(keys) - 1, numbers=numbers, changed=changed)
        file.seek(0)  # what the head says is known only at the end
        file.write(head.pack())
    return head


def blocks_of(facts: Iterable[tuple[int, int]]) -> Iterator[Block]:
    """Gather facts, each an E.164 number as an integer and its day code, ascending, into blocks."""
    key, codes = -1, np.zeros(BLOCK, dtype="<u2")
    for number, code in facts:
        if number // BLOCK != key:
            if key >= 0:
                yield key, codes
            key, codes = number // BLOCK, np.zeros(BLOCK, dtype="<u2")
        codes[number % BLOCK] = code
    if key >= 0:
        yield key, codes
