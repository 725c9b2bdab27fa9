"""What was decided on a wrong tenure is found when a carrier takes back what it said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jiebang.domain.binding import Origin
from jiebang.domain.clearance import Clearance
from jiebang.domain.order import Order
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.flows.record_clearances import record_clearances
from jiebang.store import orders
from jiebang.store.corrections import acted_on, lapsed, misjudged
from jiebang.store.database import Database
from tests.build import BINDING, HISTORY, NOW, ORDER, POLICY, change, on
from tests.memory import CARRIER, SHOP, SOCIAL

LATER = NOW + timedelta(days=1)
PLACED = replace(ORDER, bound=BINDING.bound)
WRONG = HISTORY[2]._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.ASSIGNED)


def decided(database: Database, *placed: Order) -> None:
    """Report a history, and place orders on it."""
    load_changes(database, CARRIER, changes=HISTORY, now=NOW, policy=POLICY)
    with database.write() as connection:
        orders.add(connection, placed)


def found(database: Database, *reported: Change) -> list[tuple[str, Origin]]:
    """Report more, and list what is seen otherwise then."""
    load_changes(database, CARRIER, changes=reported, now=LATER, policy=POLICY)
    with database.read() as connection:
        assert list(misjudged(connection, since=LATER + timedelta(days=1))) == []
        return [(one.order.id, one.origin) for one in misjudged(connection)]


def test_an_order_on_a_tenure_that_was_taken_back_is_listed(database: Database) -> None:
    decided(database, PLACED)
    assert found(database) == []
    assert found(database, WRONG) == [("ord_1", Origin.UNCERTAIN)]


def test_another_day_for_the_same_holder_turns_what_was_inherited_into_own(database: Database) -> None:
    after = replace(PLACED, id="ord_2", handle="new", bound=on(2026, 6, 1), origin=Origin.OWN)
    decided(database, PLACED, after)
    earlier = [one._replace(kind=ChangeKind.CORRECTED, takes_back=one.kind) for one in HISTORY]
    instead = change(ChangeKind.ASSIGNED, on(2020, 1, 1), "present")
    assert found(database, *earlier, instead) == [("ord_1", Origin.OWN)]


def test_what_happens_after_an_order_changes_nothing_about_it(database: Database) -> None:
    decided(database, PLACED)
    assert found(database, change(ChangeKind.DISCONNECTED, on(2026, 11, 25))) == []


def test_a_late_report_of_the_time_before_an_order_counts_as_well(database: Database) -> None:
    decided(database, PLACED)
    assert found(database, change(ChangeKind.DISCONNECTED, on(2026, 11, 1))) == [("ord_1", Origin.UNCERTAIN)]


LEFT = change(ChangeKind.DISCONNECTED, on(2026, 11, 25))
STAYED = LEFT._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.DISCONNECTED)


def revoked(database: Database, *reported: Sequence[Change]) -> list[str]:
    """Report more, each at a later time, and list the orders that were revoked though nobody had left."""
    for days, changes in enumerate(reported, start=1):
        at = NOW + timedelta(days=days)
        done = load_changes(database, CARRIER, changes=changes, now=at, policy=POLICY)
        assert {verdict.refusal for verdict in done} <= {None}
    with database.read() as connection:
        assert list(lapsed(connection, since=NOW + timedelta(days=9))) == []
        return [one.order.id for one in lapsed(connection)]


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ([], []),
        ([STAYED], ["ord_1"]),
        ([change(ChangeKind.ASSIGNED, on(2026, 11, 26), "present")], ["ord_1"]),
        ([STAYED, change(ChangeKind.DISCONNECTED, on(2026, 11, 26))], ["ord_1"]),  # they left, but later
        ([STAYED, change(ChangeKind.DISCONNECTED, on(2026, 11, 24))], []),
    ],
)
def test_an_order_that_was_revoked_for_a_departure_which_was_none_is_listed(
    database: Database, after: list[Change], found: list[str]
) -> None:
    decided(database, PLACED)
    assert revoked(database, [LEFT], after) == found


def test_an_order_that_its_holder_took_back_is_not_listed(database: Database) -> None:
    decided(database, PLACED)
    with database.write() as connection:
        orders.move(connection, [(PLACED, PLACED.revoke(NOW))], at=NOW, by="holder")
    assert revoked(database, [LEFT], [STAYED]) == []


def test_signals_by_which_platforms_acted_and_which_are_true_no_more_are_listed(database: Database) -> None:
    load_changes(database, CARRIER, changes=HISTORY[:2], now=NOW, policy=POLICY)
    did = Clearance(cleared=2, flagged=0, kept=0, said_at=NOW)
    record_clearances(database, SHOP, said=[("sig_1", did)])
    record_clearances(database, SOCIAL, said=[("sig_1", replace(did, cleared=0))])

    def listed(since: datetime | None = None) -> list[tuple[str, int, int, int]]:
        with database.read() as connection:
            every = list(acted_on(connection, since=since))
        return [(one.told.id, one.platforms, one.cleared, one.flagged) for one in every]

    assert listed() == []
    back = HISTORY[1]._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.DISCONNECTED)
    load_changes(database, CARRIER, changes=[back], now=LATER, policy=POLICY)
    assert listed() == listed(LATER) == [("sig_1", 1, 2, 0)]
    assert listed(LATER + timedelta(days=1)) == []
    record_clearances(database, SOCIAL, said=[("sig_1", replace(did, cleared=0, flagged=1))])
    assert listed() == [("sig_1", 2, 2, 1)]
