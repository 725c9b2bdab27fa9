"""A complaint file holds together: whatever is changed in it is found, and named."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from jiebang.domain.examination import Wrong
from jiebang.domain.journal import canonical
from jiebang.wire.evidence import verify_evidence
from jiebang.wire.notes import Sealer, verifier
from tests.evidence import Spoil, file, given, spoilt

PARTS = re.compile(r"the (file|key|checkpoint|seal)|the file's \w+|order .+", re.DOTALL)
PLACE = re.compile(rb'"place":')
"""Where the place itself was changed, it cannot be told any more: such an entry goes by its order alone."""
STRIDE = 7
"""How far apart, for each of a byte's bits, those are that are changed."""


def wrong(told: bytes) -> str:
    """Say what is found to be wrong."""
    with pytest.raises(Wrong) as found:
        verify_evidence(told)
    return str(found.value)


def test_a_file_holds_together_as_it_is_given() -> None:
    evidence = verify_evidence(file())
    states = {one.handle: [state.value for state, _ in one.moves()] for one in evidence.orders}
    assert states == {
        "denied": ["open", "denied"],
        "done": ["open", "in_progress", "fulfilled"],
        "silent": ["open"],
    }
    missed = [one.handle for one in evidence.orders if one.missed(evidence.made_at)]
    assert missed == ["silent"]
    assert [one.entry["what"] for one in evidence.orders[1].entries].count("receipt:refused") == 1


@settings(max_examples=1500)
@drawn(st.data())
def test_one_bit_changed_anywhere_is_found_and_the_part_is_named(data: st.DataObject) -> None:
    at, bit = data.draw(st.integers(0, len(file()) - 1)), data.draw(st.integers(0, 7))
    with pytest.raises(Wrong) as found:
        verify_evidence(flipped(at, bit))
    assert PARTS.fullmatch(found.value.part)


@pytest.mark.parametrize("bit", range(8))
def test_one_bit_changed_in_an_entry_is_answered_with_the_order_and_the_entry(bit: int) -> None:
    for order_id, one, begin, end in entries():
        for at in range(begin + bit, end, STRIDE):
            part = wrong(flipped(at, bit))
            assert part.startswith(f"order {order_id}, entry ")
            assert f"entry {one['place']}" in part or PLACE.search(file()[at - 12 : at + 12])


def flipped(at: int, bit: int) -> bytes:
    """Give the file with one bit changed."""
    return file()[:at] + bytes([file()[at] ^ 1 << bit]) + file()[at + 1 :]


def entries() -> Iterator[tuple[str, dict[str, Any], int, int]]:
    """Find each entry: of which order, what it is, and where it begins and ends in the file."""
    for order in json.loads(file())["orders"]:
        for one in order["entries"]:
            written = canonical(one).encode()
            begin = file().index(written)
            yield order["order_id"], one, begin, begin + len(written)


def of_order(said: dict[str, Any], handle: str) -> dict[str, Any]:
    """Find what the file says of an order."""
    return next(one for one in said["orders"] if one["handle"] == handle)


def change(handle: str, *way: str | int, to: object) -> Spoil:
    """Change one member of what the file says of an order."""

    def spoil(said: dict[str, Any]) -> None:
        at: Any = of_order(said, handle)
        for step in way[:-1]:
            at = at[step]
        at[way[-1]] = to

    return spoil


def swap_receipts(said: dict[str, Any]) -> None:
    """Give one entry the receipt of another."""
    entries = of_order(said, "done")["entries"]
    entries[1]["receipt"] = entries[2]["receipt"]


def leave_out(said: dict[str, Any]) -> None:
    """Tell of an order without its middle."""
    of_order(said, "denied")["entries"].pop(0)


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (
            change("done", "entries", 1, "entry", "at", to="2026-11-25"),
            r"order ord_\S+, entry SECOND \(order:moved\): not what",
        ),
        (change("done", "entries", 0, "place", to=3), r"order ord_\S+, entry 3 \(order:moved\): not what"),
        (
            change("done", "entries", 0, "path", to=[]),
            r"order ord_\S+, entry FIRST \(order:moved\): not what",
        ),
        (
            change("done", "entries", 0, "path", to=["?"]),
            r"order ord_\S+, entry FIRST \(order:moved\): not what",
        ),
        (
            change("done", "entries", 1, "receipt", to="a.b.c"),
            r"order ord_\S+, entry SECOND \(order:moved\): the receipt",
        ),
        (swap_receipts, r"order ord_\S+, entry SECOND \(order:moved\): the receipt is not the one"),
        (leave_out, r"order ord_.*: its first entry"),
        (change("silent", "due", to="2026-11-26T00:00:00+00:00"), r"order ord_.*: its letter has another"),
        (change("silent", "handle", to="done"), r"order ord_.*: its letter says something else"),
        (change("silent", "kind", to="deregister"), r"order ord_.*: its letter is none"),
        (change("silent", "letters", 0, "payload", to="{}"), r"order ord_.*: its letter does not have"),
        (change("silent", "letters", to=[]), r"order ord_.*: its letter is missing"),
        (change("silent", "label", to="王**"), r"the seal: not under"),
        (change("silent", "platform_id", to="par_social"), r"order ord_.*: its platform is not"),
        (lambda said: said.update(number="+8613800138056"), r"order ord_.*: its letter has another"),
        (lambda said: said["platforms"][0].update(name="Bluebird"), r"the seal: not under"),
        (lambda said: said.update(evidence=3), r"the file: of version 3"),
        (lambda said: said.update(evidence=1), r"the seal: not under"),
        (lambda said: said.update(more=1), r"the file's more: not written"),
        (lambda said: said.update(checkpoint="none"), r"the checkpoint: not signed"),
        (lambda said: said.update(key="none"), r"the key: not the key"),
        (lambda said: said.pop("key"), r"the file: not evidence"),
    ],
)
def test_what_was_changed_is_named(spoil: Spoil, found: str) -> None:
    first, second, *_ = (one["place"] for one in of_order(json.loads(file()), "done")["entries"])
    named = found.replace("FIRST", str(first)).replace("SECOND", str(second))
    assert re.match(named, wrong(spoilt(spoil)))


@pytest.mark.parametrize("told", [b"", b"{}", b"\xff", b"[" * 10_000])
def test_what_is_no_file_of_a_hubs_is_named_so(told: bytes) -> None:
    assert wrong(told).startswith("the file: ")


def test_a_file_from_before_pages_were_sealed_is_still_good() -> None:
    assert verify_evidence(given().file_before).evidence == 1


def test_a_blank_or_a_line_feed_too_much_is_found() -> None:
    for written in (b" " + file(), file() + b"\n"):
        assert wrong(written).startswith("the file: not written as a hub writes it")


def test_a_file_that_somebody_else_has_sealed_is_known_by_the_key() -> None:
    stranger = Sealer("https://hub.example/journal", bytes(32)).verifier()
    with pytest.raises(Wrong, match="the key: another one"):
        verify_evidence(file(), key=stranger)
    key = verifier(json.loads(file())["key"])
    assert verify_evidence(file(), key=key).hub == "https://hub.example"
