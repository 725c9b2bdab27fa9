"""The report of rows that were not taken: it can be written, and is whole, before a load goes on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jiebang.flows.open_load import open_load
from jiebang.store import loads
from jiebang.store.loads import Load
from jiebang.wire.manifests import digest_of
from tests.build import NOW
from tests.cli.desk import Desk, at_desk
from tests.memory import CARRIER, picture

BAD, GOOD = "nobody,assigned,2019-01-07,a\n", "+8613800138055,assigned,2019-01-07,a\n"
WHY = '"This is not a telephone number that can exist."\n'
BEGUN = f"line,reason\n2,{WHY}"
"""What a report says of a file of which one row was refused."""


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub that a carrier has joined."""
    with at_desk(sqlite_url, tmp_path) as desk:
        yield desk


def load(desk: Desk, *words: str | Path) -> tuple[int, str]:
    """Load the desk's file here."""
    return desk.say("carrier", "load", desk.place / "changes.csv", "--carrier", CARRIER, *words)


@pytest.fixture
def killed(desk: Desk) -> Path:
    """Load the first of a file's three rows, of which a report would be here."""
    file = desk.write(BAD, GOOD, BAD)
    begun = open_load(desk.database, Load(carrier_id=CARRIER, digest=digest_of(file), rows=3, begun_at=NOW))
    with desk.database.write() as connection:
        loads.save(connection, replace(begun, refused=1, report_bytes=len(BEGUN)))
    return desk.place / "changes.csv.refused.csv"


def test_a_load_goes_on_in_its_report_wherever_that_was_put(desk: Desk, killed: Path) -> None:
    moved = killed.with_name("moved.csv")
    moved.write_text(BEGUN + "3,what was writ")
    code, said = load(desk, "--report", moved)
    assert (code, said.endswith("1 loaded, 0 known already, 2 not taken.")) == (1, True)
    assert moved.read_text() == f"{BEGUN}4,{WHY}"


@pytest.mark.parametrize(
    "there", [None, "", BEGUN[:-1], "my own words, which are longer than any report was\n" * 2]
)
def test_a_load_does_not_go_on_without_its_report(desk: Desk, killed: Path, there: str | None) -> None:
    if there is not None:
        killed.write_text(there)
    before = picture(desk.database)
    code, said = load(desk)
    assert (code, "--anew" in said, picture(desk.database) == before) == (2, True, True)
    assert (killed.read_text() if killed.exists() else None) == there


def test_a_load_whose_report_is_lost_begins_anew_when_it_is_told_to(desk: Desk, killed: Path) -> None:
    code, said = load(desk, "--anew")
    assert (code, said.endswith("1 loaded, 0 known already, 2 not taken.")) == (1, True)
    assert killed.read_text() == f"{BEGUN}4,{WHY}"


@pytest.mark.parametrize("report", ["no/such/folder", ".", "changes.csv"])
def test_a_report_that_cannot_be_written_is_refused_before_there_is_a_load(desk: Desk, report: str) -> None:
    desk.write(BAD, GOOD)
    code, said = load(desk, "--report", desk.place / report)
    assert (code, "report" in said or "cannot be written" in said) == (2, True)
    assert picture(desk.database)["loads"] == []
    assert (desk.place / "changes.csv").read_text().endswith(BAD + GOOD)


def test_a_report_that_is_not_needed_is_not_made(desk: Desk) -> None:
    desk.write(GOOD)
    assert load(desk)[0] == 0
    assert not (desk.place / "changes.csv.refused.csv").exists()


def test_a_disk_that_is_full_is_said_and_the_load_goes_on_later(desk: Desk) -> None:
    desk.write(BAD, GOOD)
    code, said = load(desk, "--report", "/dev/full")
    assert (code, "/dev/full" in said, "goes on from there" in said) == (2, True, True)
    assert load(desk)[1].endswith("1 loaded, 0 known already, 1 not taken.")
