"""What closing an account takes: a proof of the last minutes, a SIM that was not changed, and a reminder."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jiebang.domain.binding import OrderKind
from jiebang.domain.order import Order
from jiebang.domain.proof import Proof, ProofNotFresh
from jiebang.domain.sim import SILENT, Heard, Sim, SimSwapped, SimUnchecked
from jiebang.domain.text import Reminder, Text
from jiebang.flows.lease_texts import lease_texts
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.revoke_order import revoke_order
from jiebang.flows.settle_texts import settle_texts
from jiebang.flows.sweep import sweep
from jiebang.store.database import Database
from jiebang.store.queries import Found
from tests.build import BINDING, NOW, NUMBER, POLICY, on
from tests.flows.holder import answered, known, place, proven
from tests.memory import changed, picture, unchanged

TICK = timedelta(microseconds=1)
OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
REMINDS = NOW + POLICY.cooling_off - POLICY.remind_before
SWAPPED = Sim(Heard.TOLD, NOW - timedelta(hours=2))


@pytest.fixture
def holder(database: Database) -> Proof:
    """Prove a number whose history is known."""
    known(database)
    return proven(database)


@pytest.fixture
def found(database: Database, holder: Proof) -> list[Found]:
    """Two accounts of the holder's own."""
    return answered(database, holder, OWN, replace(OWN, handle="newer"))


def close(database: Database, holder: Proof, found: list[Found], sim: Sim | None = None) -> list[Order]:
    """Close these accounts."""
    told = Sim(Heard.TOLD) if sim is None else sim
    return place(database, holder, *found, kind=OrderKind.DEREGISTER, sim=told)


def entries(database: Database, what: str) -> list[dict[str, Any]]:
    """Read what the journal says of one kind, with what belongs to it."""
    written = [json.loads(json.loads(row)["entry"]) for row in picture(database)["journal"]]
    return [entry for entry in written if entry["what"] == what]


def texts(database: Database) -> list[Text]:
    """Take what is to be sent when it is time to remind; codes are over by then."""
    return lease_texts(database, now=REMINDS, most=9)


def test_an_old_proof_closes_no_account_and_still_unbinds(
    database: Database, holder: Proof, found: list[Found]
) -> None:
    now = NOW + POLICY.fresh_proof
    with unchanged(database), pytest.raises(ProofNotFresh):
        place(database, holder, *found, kind=OrderKind.DEREGISTER, now=now)
    place(database, holder, *found, now=now)
    fresh = replace(holder, proven_at=now - POLICY.fresh_proof + TICK)
    assert place(database, fresh, *found, kind=OrderKind.DEREGISTER, now=now)


def test_a_second_proof_while_the_first_still_counts_is_noted_as_renewed(
    database: Database, holder: Proof
) -> None:
    assert entries(database, "proof:renewed") == []
    renewed = proven(database, now=NOW + POLICY.proof_life - TICK)
    [entry] = entries(database, "proof:renewed")
    assert (entry["by"], entry["proof_id"]) == ("holder", renewed.id)
    proven(database, now=NOW + 3 * POLICY.proof_life)
    assert len(entries(database, "proof:renewed")) == 1
    assert holder.id != renewed.id


@pytest.mark.parametrize(
    ("sim", "refusal", "said"),
    [(SWAPPED, SimSwapped, "yes"), (SILENT, SimUnchecked, "not_possible")],
)
def test_the_sim_stops_a_closing_and_only_the_journal_remembers(
    database: Database, holder: Proof, found: list[Found], *, sim: Sim, refusal: type[Exception], said: str
) -> None:
    before = picture(database)
    with pytest.raises(refusal):
        close(database, holder, found, sim)
    assert changed(before, picture(database)) == {"journal"}
    assert [entry["changed"] for entry in entries(database, "sim:checked")] == [said]


def test_who_has_not_asked_about_the_sim_closes_nothing(
    database: Database, holder: Proof, found: list[Found]
) -> None:
    wanted = [Wanted(found[0].id, OrderKind.DEREGISTER)]
    with pytest.raises(SimUnchecked):
        place_orders(database, holder, wanted=wanted, now=NOW, policy=POLICY)


def test_each_closing_says_in_the_journal_what_the_carrier_said(
    database: Database, holder: Proof, found: list[Found]
) -> None:
    placed = close(database, holder, found)
    said = {entry["order_id"]: entry["changed"] for entry in entries(database, "sim:checked")}
    assert said == {order.id: "no" for order in placed}


def test_the_holder_is_reminded_once_for_all_and_the_journal_notes_it(
    database: Database, holder: Proof, found: list[Found]
) -> None:
    placed = close(database, holder, found)
    [reminder] = texts(database)
    assert isinstance(reminder, Reminder)
    assert (reminder.number, reminder.platforms) == (NUMBER, ("青鸟商城",))
    for _ in range(2):
        settle_texts(database, reminder.ids, now=REMINDS)
    assert {entry["order_id"] for entry in entries(database, "reminder:sent")} == {one.id for one in placed}
    assert len(entries(database, "reminder:sent")) == len(placed)


def test_of_an_order_that_was_taken_back_nobody_is_reminded(
    database: Database, holder: Proof, found: list[Found]
) -> None:
    first, second = close(database, holder, found)
    revoke_order(database, holder, order_id=first.id, now=NOW, policy=POLICY)
    [reminder] = texts(database)
    settle_texts(database, reminder.ids, now=REMINDS)
    assert [entry["order_id"] for entry in entries(database, "reminder:sent")] == [second.id]


def test_what_was_never_sent_is_swept_when_the_order_leaves(
    database: Database, holder: Proof, found: list[Found]
) -> None:
    close(database, holder, found)
    for now, left in ((NOW + POLICY.cooling_off - TICK, 2), (NOW + POLICY.cooling_off, 0)):
        sweep(database, now=now, policy=POLICY)
        assert len(picture(database)["texts"]) == left
