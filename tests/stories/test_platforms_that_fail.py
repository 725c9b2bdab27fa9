"""Two platforms that do not do as they should: one lies, one never answers. Neither has the last word."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from jiebang.api.shapes import OutcomeShape
from jiebang.domain.letter import Event
from jiebang.domain.order import Order, State
from jiebang.flows.sweep import sweep
from jiebang.store import orders
from jiebang.wire.receipts import sign_receipt
from jiebang.wire.tokens import ReceivedLetter, read_letter
from tests.api.asking import RECORD, answer, order, outcome
from tests.api.hub import ISSUER, SHOP, Hub, opened
from tests.build import NUMBER

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Platform:
    """The shop at the machines' door, with its stream."""

    hub: Hub
    stream_id: str

    def letters(self) -> list[ReceivedLetter]:
        """Take what waits, and believe it where it is signed."""
        self.hub.forget_tokens()
        sets = self.hub.poll(self.stream_id)["sets"]
        self.hub.poll(self.stream_id, ack=list(sets))
        return [read_letter(one, self.hub.house.keys, issuer=ISSUER, audience=SHOP) for one in sets.values()]

    def say(self, what: str, *items: dict[str, Any]) -> list[str]:
        """Hand in a batch; gives how each item was judged."""
        said = self.hub.call("POST", f"/platform/v1/{what}", {what: list(items)})
        return [one["status"] for one in said.json()["results"]]

    def fulfil(self, letter: ReceivedLetter, at: str = "2026-11-24T07:00:00Z") -> list[str]:
        """Say that what a letter orders is done, and sign for it."""
        said = outcome(letter.said["order_id"], attempt=letter.said.get("attempt", 1), at=at)
        told = replace(OutcomeShape.model_validate(said).said(), letter=letter.fingerprint)
        receipt = sign_receipt(told, platform=SHOP, hub=ISSUER, key=self.hub.keys[SHOP])
        return self.say("outcomes", said | {"receipt": receipt})

    def lie(self) -> None:
        """Say of every order that it is done, and show that it is not."""
        for _ in range(2):
            for letter in self.letters():
                if letter.event == Event.BINDINGS_ASKED:
                    self.say("answers", answer(letter.said["query_id"], RECORD))
                else:
                    self.fulfil(letter)

    def steps(self, placed: Order) -> list[State]:
        """Read what an order has been through, as its holder sees it."""
        with self.hub.house.database.read() as connection:
            return [step.state for step in orders.timelines(connection, [placed.id])[placed.id]]

    def stored(self, placed: Order) -> Order:
        """Read an order as it is now."""
        with self.hub.house.database.read() as connection:
            return orders.get(connection, placed.id, number=NUMBER)


@pytest.fixture
def platform(database_url: str) -> Iterator[Platform]:
    """Open a hub with a shop that has a stream."""
    with opened(database_url) as hub:
        yield Platform(hub, hub.stream())


LIE = [State.OPEN, State.FULFILLED, State.CONTRADICTED]


def test_a_platform_that_lies_is_told_once_more_and_then_people_are(platform: Platform) -> None:
    placed = order(platform.hub)
    platform.lie()
    assert platform.steps(placed) == [*LIE, State.OPEN]
    again = platform.stored(placed)
    assert (again.attempt, again.due > placed.placed_at) == (2, True)
    platform.lie()
    assert platform.steps(placed) == [*LIE, *LIE, State.ESCALATED]
    assert "jiebang_orders_escalated 1.0" in platform.hub.calls.get("/metrics").text
    platform.hub.clock.ahead += 90 * DAY
    assert platform.letters() == []


def test_a_platform_that_has_seen_to_it_says_so_by_a_later_time_and_is_looked_at_again(
    platform: Platform,
) -> None:
    placed = order(platform.hub)
    platform.lie()
    [again] = platform.letters()
    platform.fulfil(again)
    [look] = platform.letters()
    platform.say("answers", answer(look.said["query_id"], RECORD))
    assert platform.fulfil(again) == ["already"]
    assert platform.steps(placed) == [*LIE, *LIE, State.ESCALATED]
    assert platform.fulfil(again, at="2026-11-24T08:00:00Z") == ["recorded"]
    [look] = platform.letters()
    platform.say("answers", answer(look.said["query_id"]))
    assert platform.steps(placed)[-3:] == [State.ESCALATED, State.FULFILLED, State.VERIFIED]
    assert "jiebang_orders_escalated 0.0" in platform.hub.calls.get("/metrics").text


def test_a_platform_that_never_answers_is_overdue_and_reminded_and_may_still_do_it(
    platform: Platform,
) -> None:
    placed = order(platform.hub)
    assert {letter.event for letter in platform.letters()} == {Event.BINDINGS_ASKED, Event.UNBIND_ORDERED}
    platform.hub.clock.ahead = placed.due - placed.placed_at
    house = platform.hub.house
    assert platform.stored(placed).state_at(house.now()) is State.EXPIRED
    for _ in range(2):
        sweep(house.database, now=house.now(), policy=house.policy)
    [reminder] = platform.letters()
    assert (reminder.event, reminder.said["order_id"]) == (Event.ORDER_OVERDUE, placed.id)
    assert reminder.said["handle"] == "account-1"
    platform.hub.clock.ahead += 30 * DAY
    platform.hub.forget_tokens()
    assert platform.fulfil(reminder) == ["recorded"]
    [look] = platform.letters()
    assert platform.say("answers", answer(look.said["query_id"])) == ["recorded"]
    assert platform.steps(placed) == [State.OPEN, State.EXPIRED, State.FULFILLED, State.VERIFIED]
