"""
How a list lies in its file, so that it can be mapped into memory and used as it is.

    4096 bytes          head: what `Head` says, then zeros
    20,000 × blocks     two bytes (a day code) for each of a block's 10,000 numbers, by key
    8 × blocks          the blocks' keys, ascending

All is little-endian. A block's key is a number's digits, as an integer, without the last four; so any
numbering plan has its blocks. The same facts always make the same bytes.
"""

import struct
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from jiebang.recycled.days import EPOCH
from jiebang.recycled.refusals import NotAList

Codes = npt.NDArray[np.uint16]
Numbers = npt.NDArray[np.int64]

BLOCK = 10_000
BLOCK_BYTES = 2 * BLOCK
HEAD_BYTES = 4096
_MAGIC = b"JBLIST01"
_HEAD = struct.Struct("<8sIIIIQQQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a list says of itself."""

    covered_until: date
    """What happened after this day is not in it."""
    blocks: int
    numbers: int
    """How many numbers it covers."""
    changed: int
    """How many of them have changed hands."""

    @property
    def size(self) -> int:
        """How long the whole file is, in bytes."""
        return HEAD_BYTES + self.blocks * (BLOCK_BYTES + 8)

    @property
    def keys_at(self) -> int:
        """Where in the file the keys begin."""
        return HEAD_BYTES + self.blocks * BLOCK_BYTES

    def pack(self) -> bytes:
        """Write the head of a file."""
        fields = _HEAD.pack(
            _MAGIC, BLOCK, EPOCH.toordinal(), self.covered_until.toordinal(), 0,
            self.blocks, self.numbers, self.changed,
        )  # fmt: skip
        return fields.ljust(HEAD_BYTES, b"\0")


def read_head(file: bytes | memoryview) -> Head:
    """Read the head of a file; refuses with `NotAList` what does not begin as a list does."""
    if len(file) < HEAD_BYTES:
        raise NotAList
    magic, block, epoch, until, _, blocks, numbers, changed = _HEAD.unpack_from(file)
    if (magic, block, epoch) != (_MAGIC, BLOCK, EPOCH.toordinal()):
        raise NotAList
    return Head(covered_until=date.fromordinal(until), blocks=blocks, numbers=numbers, changed=changed)
