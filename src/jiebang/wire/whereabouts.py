"""
Whereabouts: which order, and which entry of it, something lies in that a hub would not have written.

Files of evidence are written in one way only, so the place can be told even where the JSON is broken:
whatever can still be read before it is passed over, member by member.
"""

import json
import re
from collections.abc import Callable, Sequence
from itertools import count

Step = str | int
"""A member of an object, by its name, or an item of a list."""
Into = Callable[[int, Step, int], bool]
"""Whether to go into a part: told how deep it is, which it is, and where it ends."""

_READ = json.JSONDecoder().raw_decode
_NAME = re.compile(r'"([^"\\]*)":')
_CLOSES = {"{": "}", "[": "]"}
_ORDER_ID = re.compile(r'"order_id":"([^"\\]*)","origin"')
_PLACE = re.compile(r'"place":(\d+)[,}]')
_DEEPEST = 4
"""As deep as an entry: among the orders, of one order, among its entries, one."""


def broken(file: bytes) -> str:
    """Name the part in which a file is no JSON any more."""
    text, fault = _text(file), len(file)
    try:
        file.decode()
    except UnicodeDecodeError as wrong:
        fault = len(file[: wrong.start].decode())
    return _part(text, lambda _depth, _step, end: end > fault)


def misshapen(file: bytes, at: Sequence[Step]) -> str:
    """Name the part in which the JSON has another shape, given the way there."""
    return _part(_text(file), lambda depth, step, _end: at[depth : depth + 1] == (step,))


def differing(file: bytes, written: str) -> str:
    """Name the first part that is not as it would be written."""
    text = _text(file)
    shorter = min(len(text), len(written))
    fault = next((at for at in range(shorter) if text[at] != written[at]), shorter)
    return _part(text, lambda _depth, _step, end: end > fault)


def _text(file: bytes) -> str:
    return file.decode(errors="surrogateescape")


def _part(text: str, into: Into) -> str:
    """Go into the file, as far as to an entry, and say how people call what is there."""
    way: list[tuple[Step, int]] = []
    begin = 0
    while len(way) < _DEEPEST and (found := _child(text, begin, into=into, depth=len(way))) is not None:
        way.append(found)
        begin = found[1]
    match [step for step, _ in way]:
        case ["orders", int(), "entries", int(at)]:
            return f"{_order(text, way)}, {_entry(text, begin, at=at)}"
        case ["orders", int(), *_]:
            return _order(text, way)
        case [str(member), *_] if member != "orders" and member.isascii() and member.isidentifier():
            return f"the file's {member}"
    return "the file"


def _child(text: str, begin: int, *, into: Into, depth: int) -> tuple[Step, int] | None:
    """Find the member, or item, that cannot be read or that is to be gone into; and where it begins."""
    opening, at = text[begin : begin + 1], begin + 1
    if opening not in _CLOSES:
        return None
    for item in count():
        step: Step = item
        if opening == "{":
            name = _NAME.match(text, at)
            if name is None:
                return None
            step, at = name[1], name.end()
        try:
            _, end = _READ(text, at)
        except (ValueError, RecursionError):
            return step, at
        after = text[end : end + 1]
        if into(depth, step, end) or after not in {",", _CLOSES[opening]}:
            return step, at
        if after != ",":
            return None
        at = end + 1
    return None


def _order(text: str, way: Sequence[tuple[Step, int]]) -> str:
    """Name an order by its id, which is written after its entries, or else by where it is in the file."""
    _, (at, begin), *_ = way
    found = _within(text, begin, pattern=_ORDER_ID, before='{"entries":')
    return f"order {found}" if found else f"order {int(at) + 1} of those in the file"


def _entry(text: str, begin: int, *, at: int) -> str:
    """Name an entry by its place in the journal, or else by where it is in its order."""
    found = _within(text, begin, pattern=_PLACE, before='{"entry":')
    return f"entry {found}" if found else f"entry {at + 1} of its entries"


def _within(text: str, begin: int, *, pattern: re.Pattern[str], before: str) -> str | None:
    """Find what is written in a part of the text, before the next part like it begins."""
    after = text.find(before, begin + 1)
    found = pattern.search(text, begin, after if after > 0 else len(text))
    return found[1] if found else None
