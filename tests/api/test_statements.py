"""A carrier reads what leavers have told it: a day and counts."""

from datetime import timedelta

import pytest

from jiebang.domain.leaving import Statement
from jiebang.store import statements
from tests.api.hub import CARRIER, SHOP, Hub
from tests.build import NOW, NUMBER, OTHER_NUMBER

SAID = Statement(number=NUMBER, asked=5, answered=4, freed=3, moved=2, kept=1, said_at=NOW)
SHOWN = {
    "number": NUMBER.e164, "on": "2026-11-24", "asked": 5, "answered": 4, "freed": 3, "moved": 2, "kept": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def told(hub: Hub) -> None:
    """Let a leaver tell their carrier."""
    with hub.house.database.write() as connection:
        statements.keep(connection, SAID, carrier_id=CARRIER)


def test_a_carrier_reads_what_it_was_told(hub: Hub) -> None:
    answer = hub.call("GET", "/carrier/v1/statements", by=CARRIER)
    assert answer.status_code == 200
    assert answer.json() == {
        "statements": [SHOWN],
        "until": NOW.isoformat().replace("+00:00", "Z"),
        "more": False,
    }


@pytest.mark.parametrize(("after", "read"), [(timedelta(0), 1), (timedelta(microseconds=1), 0)])
def test_a_carrier_reads_on_from_an_instant(hub: Hub, after: timedelta, read: int) -> None:
    since = (NOW + after).isoformat().replace("+00:00", "Z")
    answer = hub.call("GET", f"/carrier/v1/statements?since={since}", by=CARRIER)
    assert len(answer.json()["statements"]) == read


def test_a_newer_statement_about_a_number_stands_alone(hub: Hub) -> None:
    with hub.house.database.write() as connection:
        for number in (NUMBER, OTHER_NUMBER):
            later = Statement(
                number=number, asked=1, answered=1, freed=0, moved=0, kept=0, said_at=NOW + timedelta(hours=1)
            )
            statements.keep(connection, later, carrier_id=CARRIER)
    shown = hub.call("GET", "/carrier/v1/statements", by=CARRIER).json()["statements"]
    assert [(one["number"], one["asked"]) for one in shown] == [(NUMBER.e164, 1), (OTHER_NUMBER.e164, 1)]


def test_a_platform_reads_nothing(hub: Hub) -> None:
    assert hub.call("GET", "/carrier/v1/statements", by=SHOP).status_code == 403
