"""An entry and its receipt must tell the same, and an order's entries must leave nothing out."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.evidence import Claimed, Evidence, Platform, Sent, Sworn
from jiebang.domain.examination import Checks, Wrong, examine
from jiebang.domain.journal import Checkpoint, Entry, order_moved
from jiebang.domain.merkle import Edge, leaf, node, prove_inclusion
from jiebang.domain.order import Denial, State
from jiebang.domain.outcome import FalseReceipt, Outcome, Said
from tests.build import NOW, ORDER, word

SAID = {"order_id": "ord_1", "handle": "old", "due": ORDER.due.isoformat(), "kind": "account"}
EVENT = "https://schemas.jiebang.org/secevent/jiebang/event-type/unbind-ordered"
LETTER = json.dumps(
    {
        "iss": "https://hub.example",
        "aud": "par_shop",
        "sub_id": {"phone_number": "+8613800138055"},
        "events": {EVENT: SAID | {"origin": "inherited"}},
    }
)
FINGERPRINT = hashlib.sha256(LETTER.encode()).hexdigest()
PLACED = order_moved(ORDER, at=NOW, by="holder")
TOLD = replace(word("ord_1", Said.DENIED, reason=Denial.LEGAL_HOLD), letter=FINGERPRINT)


def denied(told: Outcome = TOLD, *, by: str = "par_shop") -> Entry:
    """The platform has denied the order, and told so."""
    after = replace(ORDER, state=State.DENIED, reason=Denial.LEGAL_HOLD)
    return order_moved(after, at=NOW, by=by, told=told)


def moved(state: State, *, order_id: str = "ord_1") -> Entry:
    """An order came to a state by the hub's doing."""
    return order_moved(replace(ORDER, id=order_id, state=state), at=NOW + timedelta(days=1), by="hub")


def examined(*entries: Entry, told: Outcome | None = TOLD, signed: Outcome = TOLD) -> None:
    """Examine evidence with these entries, where the platform's receipt `told` says what was `signed`."""
    digests = [leaf(entry.text().encode()) for entry in entries]

    def perfect(level: int, at: int) -> bytes:
        if level == 0:
            return digests[at]
        return node(perfect(level - 1, 2 * at), perfect(level - 1, 2 * at + 1))

    edge = Edge()
    for digest in digests:
        edge.add(digest)
    kept = told.receipt if told else None
    sworn = [
        Sworn(
            place=at,
            entry=json.loads(entry.text()),
            path=[step.hex() for step in prove_inclusion(at, len(entries), perfect=perfect)],
            receipt=kept if "receipt" in entry.said else None,
        )
        for at, entry in enumerate(entries)
    ]
    examine(evidence(sworn), checks(Checkpoint(edge.size, edge.root()), lambda: signed))


def evidence(sworn: list[Sworn]) -> Evidence:
    """Write down what was asked, with these entries."""
    claimed = Claimed(
        order_id="ord_1", platform_id="par_shop", kind=ORDER.kind, record=ORDER.record_kind, handle="old",
        label="李**", origin=ORDER.origin, placed_at=NOW, due=ORDER.due,
        letters=[Sent(payload=LETTER, fingerprint=FINGERPRINT)], entries=sworn,
    )  # fmt: skip
    return Evidence(
        hub="https://hub.example", number="+8613800138055", made_at=NOW, key="", checkpoint="",
        platforms=[Platform(id="par_shop", name="青鸟商城", keys={})], orders=[claimed],
    )  # fmt: skip


def checks(checkpoint: Checkpoint, receipt: Callable[[], Outcome]) -> Checks:
    """Take every signature for good but those that raise."""
    return Checks(
        checkpoint=lambda _: checkpoint, receipt=lambda _, __: receipt(), statement=lambda _, __: None,
        refusals=(FalseReceipt,),
    )  # fmt: skip


def test_entries_and_the_receipt_that_tell_the_same_hold() -> None:
    examined(PLACED, denied())


@pytest.mark.parametrize(
    "signed",
    [
        replace(TOLD, order_id="ord_2"),
        replace(TOLD, said=Said.FULFILLED, reason=None),
        replace(TOLD, reason=Denial.OTHER),
        replace(TOLD, at=NOW + timedelta(seconds=1)),
    ],
)
def test_a_receipt_that_says_something_else_is_found(signed: Outcome) -> None:
    with pytest.raises(Wrong, match=r"entry 1 \(order:moved\): the receipt says something else"):
        examined(PLACED, denied(), signed=signed)


def test_a_receipt_for_another_letter_is_found_unless_it_is_about_an_attempt_that_is_over() -> None:
    other = replace(TOLD, letter="ab" * 32)
    with pytest.raises(Wrong, match=r"entry 1 .*the receipt is for another letter"):
        examined(PLACED, denied(), signed=other)
    done = order_moved(replace(ORDER, state=State.FULFILLED), at=NOW, by="par_shop", told=TOLD)
    again = order_moved(replace(ORDER, attempt=2), at=NOW, by="hub")
    first = replace(other, said=Said.FULFILLED, reason=None)
    with pytest.raises(
        Wrong, match="another sender, receiver, number or deadline"
    ):  # it is that of the first attempt
        examined(PLACED, done, moved(State.CONTRADICTED), again, signed=first)


def test_an_entry_that_says_by_somebody_else_what_a_platform_signed_is_found() -> None:
    with pytest.raises(Wrong, match=r"entry 1 .*the receipt says something else"):
        examined(PLACED, denied(by="hub"))


def test_a_receipt_that_is_not_there_is_missed() -> None:
    with pytest.raises(Wrong, match=r"entry 1 .*its receipt is missing"):
        examined(PLACED, denied(), told=None)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([PLACED, moved(State.VERIFIED)], "ord_1: an entry between open and verified is missing"),
        ([PLACED, moved(State.EXPIRED, order_id="ord_2")], r"entry 1 .*about another order"),
        ([moved(State.EXPIRED)], "ord_1: its first entry"),
        ([moved(State.OPEN)], "ord_1: its first entry"),
        ([PLACED, Entry(at=NOW, what="order:moved", by="hub", order_id="ord_1")], "cannot be read"),
    ],
)
def test_a_story_with_a_gap_is_found(entries: list[Entry], found: str) -> None:
    with pytest.raises(Wrong, match=found):
        examined(*entries)


def test_a_deadline_is_missed_by_what_came_too_late_or_not_at_all() -> None:
    def claimed(*entries: Entry) -> Claimed:
        sworn = [Sworn(place=0, entry=json.loads(entry.text()), path=[]) for entry in entries]
        return replace(evidence(sworn).orders[0], due=NOW + timedelta(days=1))

    late = NOW + timedelta(days=2)
    assert claimed(PLACED).missed(late)
    assert not claimed(PLACED).missed(NOW)
    assert not claimed(PLACED, denied()).missed(late)
    assert claimed(PLACED, moved(State.EXPIRED), moved(State.FULFILLED)).missed(late)
    assert claimed(PLACED, denied(), moved(State.OPEN)).missed(late)
