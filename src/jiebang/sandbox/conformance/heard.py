"""Heard: all that an agent has said in an inspection, and what is wrong with how it said it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from jiebang.agent.mistakes import sentence
from jiebang.api.clearances import ClearanceShape
from jiebang.api.shapes import AnswerShape, OutcomeShape
from jiebang.domain.order import Denial
from jiebang.domain.outcome import FalseReceipt, Outcome, Said
from jiebang.domain.policy import BATCH_MOST
from jiebang.wire.receipts import read_receipt

_SHAPES: Mapping[str, tuple[type[BaseModel], str]] = {
    "answers": (AnswerShape, "query_id"),
    "outcomes": (OutcomeShape, "order_id"),
    "clearances": (ClearanceShape, "signal_id"),
}


_WORDS = ("handle", "label", "conditions")
_INSTANTS = {"bound", "last_used"}
"""Members in which digits are a time."""


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome, and when it was heard."""

    outcome: str
    reason: str | None
    heard_at: datetime


@dataclass(slots=True, kw_only=True)
class Heard:
    """What was said; what is wrong in form is noted under a check's name, and counts as said all the same."""

    platform: str
    hub: str
    keys: KeySet
    numbers: Sequence[str]
    answers: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    """Records by query, once an answer was complete."""
    outcomes: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    clearances: set[str] = field(default_factory=set)
    letters: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    """The fingerprints of the letters that were left about each order, by attempt."""
    refused: dict[str, str] = field(default_factory=dict)
    """Orders of which the hub takes no outcome any more, each with the code that it says."""
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _parts: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, check: str, words: str) -> None:
        """Write down what is wrong, once."""
        if words not in self.notes[check]:
            self.notes[check].append(words)

    def take(self, what: str, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
        """Take in a batch and judge each item; `None` when one does not even say what it is about."""
        shape, name = _SHAPES[what]
        if len(items) > BATCH_MOST:
            self.note(f"{what}-shape", f"a batch of {len(items)}; {BATCH_MOST} are the most")
        if not all(isinstance(item, dict) and isinstance(item.get(name), str) for item in items):
            self.note(f"{what}-shape", f"an item without its {name}")
            return None
        verdicts = []
        for item in items:
            self._judge(item, shape=shape, check=f"{what}-shape")
            {"answers": self._answer, "outcomes": self._outcome, "clearances": self._clear}[what](item)
            code = self.refused.get(item[name])
            refusal = {"status": "refused", "refusal": {"code": code, "title": "This order has ended."}}
            verdicts.append({name: item[name], **({"status": "recorded"} if code is None else refusal)})
        return verdicts

    def final(self, order_id: str) -> list[Told]:
        """List what was said of how an order ended."""
        return [told for told in self.outcomes[order_id] if told.outcome != "accepted"]

    def _judge(self, item: Mapping[str, Any], *, shape: type[BaseModel], check: str) -> None:
        try:
            shape.model_validate(item)
        except ValidationError as wrong:
            self.note(check, sentence(wrong.errors(include_input=False)[0]))

    def _answer(self, item: Mapping[str, Any]) -> None:
        bindings = item.get("bindings")
        told = [one for one in bindings if isinstance(one, dict)] if isinstance(bindings, list) else []
        self._parts[item["query_id"]] += told
        for one in told:
            self._mask(one)
        if item.get("complete") is True:
            whole = self._parts.pop(item["query_id"])
            first = self.answers.setdefault(item["query_id"], whole)
            if {str(one.get("handle")) for one in first} != {str(one.get("handle")) for one in whole}:
                self.note("answers-shape", "a complete answer, and then another to the same question")

    def _mask(self, binding: Mapping[str, Any]) -> None:
        """A label is masked, a handle is opaque, and nothing else is about the number: none may tell it."""
        for name in (name for name in binding if name not in _INSTANTS):
            told = [re.sub(r"\D", "", text) for text in _texts(binding[name])]
            if any(number[-8:] in digits for number in self.numbers for digits in told):
                known = name if name in _WORDS else "another member"
                self.note("answers-shape", f"the number is told in {known}")

    def _outcome(self, item: Mapping[str, Any]) -> None:
        order_id = item["order_id"]
        reason = item.get("reason")
        told = Told(_word(item.get("outcome")), reason and _word(reason), datetime.now(UTC))
        self.outcomes[order_id].append(told)
        try:
            said = OutcomeShape.model_validate(item)
        except ValidationError:
            return  # noted by its shape
        try:
            signed = self._signed(said)
        except FalseReceipt:
            self.note("receipts", f"of {told.outcome}: not the platform's word on this outcome, for this hub")
            return
        attempts = self.letters[order_id]
        if signed.letter not in attempts.get(said.attempt or max(attempts, default=1), ()):
            self.note(
                "receipts", f"of {told.outcome}: it names another letter than the one that ordered this"
            )

    def _signed(self, said: OutcomeShape) -> Outcome:
        return read_receipt(said.receipt, said.said(), keys=self.keys, platform=self.platform, hub=self.hub)

    def _clear(self, item: Mapping[str, Any]) -> None:
        self.clearances.add(item["signal_id"])


def _word(said: object) -> str:
    """Give a word of the protocol; any other may tell a number, and goes into no report."""
    return said if isinstance(said, str) and said in {*Said, *Denial} else "something else"


def _texts(said: object) -> Iterator[str]:
    """Give each text and figure in a member, however deep."""
    if isinstance(said, dict):
        said = [*said, *said.values()]
    if isinstance(said, list):
        for one in said:
            yield from _texts(one)
    else:
        yield str(said)
