"""Texts that wait to be sent: each is taken by one worker at a time, while it is good for something."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jiebang.domain.binding import OrderKind
from jiebang.domain.journal import HOLDER, HUB
from jiebang.domain.order import Order, State
from jiebang.domain.proof import Proof
from jiebang.domain.text import Code, Reminder, Text
from jiebang.store import orders, proofs, texts
from jiebang.store.database import Database
from tests.build import NOW, ORDER, OTHER_NUMBER, POLICY, PROOF
from tests.memory import SOCIAL, picture, together

TICK = timedelta(microseconds=1)
LEASE = timedelta(seconds=15)
GOOD_UNTIL = NOW + POLICY.code_life
LEAVES = NOW + POLICY.cooling_off
REMINDS = LEAVES - POLICY.remind_before
CLOSING = replace(ORDER, kind=OrderKind.DEREGISTER, leave_at=LEAVES)


def begin(database: Database, *begun: Proof) -> None:
    """Begin proofs, each with a code that waits to be sent."""
    with database.write() as connection:
        for proof in begun:
            proofs.keep(connection, proof)
            texts.leave_code(connection, proof, good_until=GOOD_UNTIL)


def close(database: Database, *placed: Order) -> None:
    """Place orders, each with a reminder."""
    with database.write() as connection:
        orders.add(connection, placed)
        texts.leave_reminders(connection, placed, policy=POLICY)


def take(database: Database, now: datetime, *, most: int = 9) -> Sequence[Text]:
    """Take texts to send, as a worker does."""
    with database.write() as connection:
        return texts.lease(connection, now=now, until=now + LEASE, most=most)


def lease(database: Database, now: datetime = NOW, *, most: int = 9) -> list[str]:
    """Take codes to send; gives their proofs."""
    return [one.proof.id for one in take(database, now, most=most) if isinstance(one, Code)]


def settle(database: Database, taken: Sequence[Text]) -> list[str]:
    """Strike off what was sent; gives the orders that were reminded of."""
    with database.write() as connection:
        return texts.settle(connection, [own for one in taken for own in one.ids])


def reminders(database: Database, now: datetime) -> list[Reminder]:
    """Take reminders to send."""
    return [one for one in take(database, now) if isinstance(one, Reminder)]


def test_a_text_is_taken_by_one_worker_until_its_lease_ends(database: Database) -> None:
    begin(database, PROOF)
    assert lease(database) == ["prf_1"]
    assert lease(database, NOW + LEASE - TICK) == []
    assert lease(database, NOW + LEASE) == ["prf_1"]


def test_no_two_workers_ever_have_the_same_text(database: Database) -> None:
    begun = [replace(PROOF, id=f"prf_{nth:02}") for nth in range(40)]
    begin(database, *begun)

    def work() -> list[str]:
        taken: list[str] = []
        while more := lease(database, most=3):
            taken += more
        return taken

    came_of_it = together(work, work, work, work)
    taken = [one for worker in came_of_it if isinstance(worker, list) for one in worker]
    assert len(taken) == len(set(taken))
    # A worker may find that others are taking all that it sees; what is left is there the next time.
    assert sorted(taken + lease(database, most=99)) == [proof.id for proof in begun]


def test_a_text_that_was_sent_is_not_sent_again(database: Database) -> None:
    begin(database, PROOF)
    sent = take(database, NOW)
    assert [settle(database, sent) for _ in range(2)] == [[], []]
    assert lease(database, NOW + LEASE) == []


def test_a_text_whose_code_is_over_is_not_sent(database: Database) -> None:
    begin(database, PROOF)
    assert lease(database, GOOD_UNTIL) == []
    assert lease(database, GOOD_UNTIL - TICK) == ["prf_1"]


def test_a_text_is_erased_the_instant_its_code_is_over(database: Database) -> None:
    begin(database, PROOF)
    for now, left in ((GOOD_UNTIL - TICK, 1), (GOOD_UNTIL, 0)):
        with database.write() as connection:
            texts.erase(connection, now=now)
        assert len(picture(database)["texts"]) == left


def test_a_reminder_is_sent_a_day_before_the_order_leaves_and_not_when_it_has_left(
    database: Database,
) -> None:
    close(database, CLOSING)
    assert reminders(database, REMINDS - TICK) == []
    [reminder] = reminders(database, REMINDS)
    assert (reminder.number, reminder.platforms, reminder.leave_at) == (ORDER.number, ("青鸟商城",), LEAVES)
    assert reminders(database, LEAVES) == []
    assert settle(database, [reminder]) == ["ord_1"]
    assert settle(database, [reminder]) == []


def test_what_leaves_sooner_is_reminded_of_at_once(database: Database) -> None:
    close(database, replace(CLOSING, leave_at=NOW + TICK))
    assert len(reminders(database, NOW)) == 1


def test_orders_that_were_placed_together_are_one_text(database: Database) -> None:
    other = replace(CLOSING, id="ord_2", handle="new", platform_id=SOCIAL)
    third = replace(CLOSING, id="ord_3", handle="third")
    close(database, CLOSING, other, third, replace(CLOSING, id="ord_4", number=OTHER_NUMBER))
    told = {one.number: one for one in reminders(database, REMINDS)}
    assert told[ORDER.number].platforms == ("Redwood Social", "青鸟商城")
    assert sorted(settle(database, [told[ORDER.number]])) == ["ord_1", "ord_2", "ord_3"]
    assert told[OTHER_NUMBER].platforms == ("青鸟商城",)


@pytest.mark.parametrize("state", [State.REVOKED, State.EXPIRED, State.DENIED])
def test_an_order_that_stands_no_more_is_not_reminded_of(database: Database, state: State) -> None:
    close(database, CLOSING)
    with database.write() as connection:
        by = HOLDER if state is State.REVOKED else HUB
        orders.move(connection, [(CLOSING, replace(CLOSING, state=state))], at=NOW, by=by)
    assert reminders(database, REMINDS) == []
