"""
A delta: how one list becomes the next, byte for byte.

    head        which list it begins from and which it leads to, by digest, and the next one's head
    records     by ascending key: a key, how many numbers, then their places and new codes; or, where that
                is shorter, the whole block; or that the block is gone
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jiebang.recycled.layout import BLOCK, BLOCK_BYTES, HEAD_BYTES, Codes, Head, read_head
from jiebang.recycled.manifest import digest_of, digests
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import Block, pack
from jiebang.recycled.refusals import NotAsSigned, NotItsBeginning
from jiebang.recycled.whole import install, written_whole

_MAGIC = b"JBDELTA1"
_HEAD = struct.Struct("<8s32s32s")
_RECORD = struct.Struct("<qI")
_WHOLE, _GONE = 0xFFFFFFFF, 0xFFFFFFFE
_PAIR_BYTES = 4
_EMPTY = np.zeros(BLOCK, dtype="<u2")


def make_delta(begin: Path, end: Path, *, path: Path) -> tuple[str, str]:
    """Write the delta from one list to another, and give the digests of the two; both are trusted."""
    first, last = mapped(begin), mapped(end)
    before, after = MappedList(first), MappedList(last)
    ends = digest_of(digests(first)), digest_of(digests(last))
    with written_whole(path) as file:
        file.write(_HEAD.pack(_MAGIC, *(bytes.fromhex(one) for one in ends)))
        file.write(after.head.pack())
        for key, was, now in _side_by_side(before, after):
            file.write(_record(key, was, now=now))
    return ends


def ends_of(delta: memoryview) -> tuple[str, str]:
    """Read which list a delta begins from and which it leads to, by their digests."""
    if len(delta) < _HEAD.size + HEAD_BYTES or bytes(delta[:8]) != _MAGIC:
        raise NotAsSigned("this is no delta")
    _, begin, end = _HEAD.unpack_from(delta)
    return begin.hex(), end.hex()


def apply_delta(begin: Path, delta: memoryview, *, path: Path) -> Head:
    """
    Make the next list from one list and a delta that has been checked.

    Refuses with `NotItsBeginning` a delta that begins from another list, and with `NotAsSigned`
    when what comes out is not what was promised; then nothing is written. Where the list that is
    there is the next one already, it stays as it is.
    """
    start = mapped(begin)
    here, (first, last) = digest_of(digests(start)), ends_of(delta)
    before = MappedList(start)
    if here == last and path == begin:
        return before.head
    if here not in {first, last}:
        raise NotItsBeginning
    body = delta[_HEAD.size :] if here == first else None
    part = path.with_name(f".{path.name}.next")
    try:
        blocks = (before.block(at) for at in range(before.head.blocks))
        head = read_head(body) if body is not None else before.head
        records = _records(body[HEAD_BYTES:]) if body is not None else iter(())
        made = pack(part, _renewed(blocks, records), covered_until=head.covered_until)
        if digest_of(digests(mapped(part))) != last or made != head:
            raise NotAsSigned("the delta does not lead where it says")
        install(part, path)
    finally:
        part.unlink(missing_ok=True)
    return made


def _side_by_side(before: MappedList, after: MappedList) -> Iterator[tuple[int, Codes, Codes | None]]:
    """Give each key of either list with its codes before and after; `None` when its block is gone."""
    was = {int(key): at for at, key in enumerate(before.keys)}
    gone = set(was).difference(int(key) for key in after.keys)
    for key in sorted(gone.union(int(key) for key in after.keys)):
        codes = before.block(was[key])[1] if key in was else _EMPTY
        yield key, codes, None if key in gone else after.block(int(np.searchsorted(after.keys, key)))[1]


def _record(key: int, was: Codes, *, now: Codes | None) -> bytes:
    if now is None:
        return _RECORD.pack(key, _GONE)
    places = np.flatnonzero(was != now)
    if not places.size:
        return b""
    if places.size * _PAIR_BYTES >= BLOCK_BYTES:
        return _RECORD.pack(key, _WHOLE) + now.tobytes()
    pairs = places.astype("<u2").tobytes() + now[places].tobytes()
    return _RECORD.pack(key, places.size) + pairs


_Record = tuple[int, int, memoryview]


def _records(body: memoryview) -> Iterator[_Record]:
    at = 0
    while at < len(body):
        key, count = _RECORD.unpack_from(body, at)
        at += _RECORD.size
        length = {_WHOLE: BLOCK_BYTES, _GONE: 0}.get(count, count * _PAIR_BYTES)
        yield key, count, body[at : at + length]
        at += length


def _renewed(blocks: Iterator[Block], records: Iterator[_Record]) -> Iterator[Block]:
    """Merge a list's blocks with what a delta says of them, both by ascending key."""
    block, record = next(blocks, None), next(records, None)
    while block is not None or record is not None:
        if record is None or (block is not None and block[0] < record[0]):
            assert block is not None  # noqa: S101 - one of the two is there
            yield block
            block = next(blocks, None)
            continue
        known = block[1] if block is not None and block[0] == record[0] else None
        if known is not None:
            block = next(blocks, None)
        if record[1] != _GONE:
            yield record[0], _changed(_EMPTY if known is None else known, record)
        record = next(records, None)


def _changed(codes: Codes, record: _Record) -> Codes:
    _, count, said = record
    if count == _WHOLE:
        return np.frombuffer(said, dtype="<u2")
    renewed = codes.copy()
    pairs = np.frombuffer(said, dtype="<u2")
    renewed[pairs[:count]] = pairs[count:]
    return renewed
