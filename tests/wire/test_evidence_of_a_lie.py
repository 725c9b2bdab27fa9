"""What a platform has signed and was not so, and the letter that it was about, are both in the evidence."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from jiebang.domain.examination import Wrong
from jiebang.domain.journal import canonical
from jiebang.gathering import gather
from jiebang.store.tables import queries
from jiebang.wire.evidence import verify_evidence
from tests.api.asking import RECORD, answer, order, outcome, proven, signed
from tests.api.hub import Hub, opened


def looked_at(hub: Hub, order_id: str) -> str:
    """Find the question by which the hub looks again."""
    with hub.house.database.read() as connection:
        found = connection.scalars(select(queries.c.id).where(queries.c.order_id == order_id))
        return str(found.one())


@pytest.fixture
def file(sqlite_url: str) -> bytes:
    """Let the shop say "fulfilled", be found out, be told again, and say it again; and gather all of it."""
    with opened(sqlite_url) as hub:
        placed = order(hub)
        hub.call("POST", "/platform/v1/outcomes", {"outcomes": [signed(hub, outcome(placed.id))]})
        still_there = answer(looked_at(hub, placed.id), RECORD)
        hub.call("POST", "/platform/v1/answers", {"answers": [still_there]})
        again = signed(hub, outcome(placed.id, attempt=2))
        hub.call("POST", "/platform/v1/outcomes", {"outcomes": [again]})
        return gather(hub.house, proven(hub)).text().encode()


def test_each_attempt_has_its_letter_and_its_receipt(file: bytes) -> None:
    [told] = verify_evidence(file).orders
    said = [state.value for state, _ in told.moves()]
    assert said == ["open", "fulfilled", "contradicted", "open", "fulfilled"]
    attempts = [
        next(iter(json.loads(sent.payload)["events"].values())).get("attempt", 1) for sent in told.letters
    ]
    assert attempts == [1, 2]
    assert [one.attempt for one in told.entries if one.receipt] == [1, 2]
    assert list(told.deadlines()) == [1, 2]


def swap(told: dict[str, Any]) -> None:
    """Say that each letter is the other."""
    told["letters"].reverse()
    first, second = told["letters"]
    first["payload"], second["payload"] = second["payload"], first["payload"]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda told: told["letters"].pop(0), "its letter is missing"),
        (lambda told: told["letters"].pop(1), "its letter is missing"),
        (swap, "its letter does not have this fingerprint"),
        (lambda told: told["entries"][3]["entry"].pop("was_due"), "not what the checkpoint seals"),
        (lambda told: told["entries"].pop(3), "is missing"),
    ],
)
def test_none_of_them_can_be_left_out_or_exchanged(
    file: bytes, spoil: Callable[[dict[str, Any]], None], found: str
) -> None:
    said = json.loads(file)
    spoil(said["orders"][0])
    with pytest.raises(Wrong, match=found):
        verify_evidence(canonical(said).encode())
