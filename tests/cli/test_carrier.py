"""A change file is loaded from the command line: whole, in parts, packed and broken."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from jiebang.domain.choice import Choice, Chosen
from jiebang.domain.number import keyed
from jiebang.domain.rejections import GoesBack, StillHeld
from jiebang.store import choices, loads
from jiebang.wire import keys
from tests.build import NUMBER
from tests.cli.desk import HEAD, Desk, at_desk, packed
from tests.memory import CARRIER, SHOP, picture

GOOD = ["+8613800138055,assigned,2019-01-07,a\n", "+12015550123,assigned,2026-03-02T10:00:00+08:00,b\n"]


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub that a carrier has joined."""
    with at_desk(sqlite_url, tmp_path) as desk:
        yield desk


def test_a_file_with_its_manifest_is_loaded_and_again_changes_nothing(desk: Desk) -> None:
    file = desk.write(*GOOD)
    manifest = desk.manifest(file)
    assert desk.load(file, "--manifest", manifest) == (0, "2 loaded, 0 known already, 0 not taken.\n")
    before = picture(desk.database)["changes"]
    assert desk.load(file, "--manifest", manifest) == (0, "0 loaded, 2 known already, 0 not taken.\n")
    assert picture(desk.database)["changes"] == before


@pytest.mark.parametrize("kind", ["gz", "zst", "parquet"])
def test_a_packed_file_says_the_same_as_a_plain_one(desk: Desk, kind: str) -> None:
    file = desk.write(*GOOD)
    assert desk.load(packed(file, kind), "--carrier", CARRIER)[0] == 0
    assert desk.load(file, "--carrier", CARRIER) == (0, "0 loaded, 2 known already, 0 not taken.\n")


def test_what_was_chosen_goes_when_a_file_says_that_the_number_has_left(desk: Desk) -> None:
    assert desk.load(desk.write(*GOOD), "--carrier", CARRIER)[0] == 0
    number_hash = keyed(NUMBER, secret=keys.read(desk.place / "key.json").secret("numbers"))
    chosen = Chosen(platform_id=SHOP, handle="own", choice=Choice.KEPT, at=datetime(2025, 5, 1, tzinfo=UTC))
    with desk.database.write() as connection:
        choices.keep(connection, number_hash, made=[chosen])
    assert desk.load(desk.write("+8613800138055,disconnected,2025-06-02,\n"), "--carrier", CARRIER)[0] == 0
    assert picture(desk.database)["choices"] == []


BAD: list[tuple[str | bytes, str]] = [
    (b"+8613800138055,ported,2026-01-01,\xff\xfe\n", "this row is not UTF-8"),
    ("+8613800138055,ported,2026-01-01\n", "this row does not have four columns"),
    ("+8613800138055,ported,2999-01-01,\n", "The change lies in the future."),
    ("+8613800138055,disconnected,2018-01-01,\n", str(GoesBack())),
    ("+8613800138055,assigned,2026-01-01,c\n", str(StillHeld())),
    ("13800138055,ported,2026-01-01,\n", "This is not a telephone number that can exist."),
]  # fmt: skip


def test_each_row_that_is_not_taken_is_reported_with_its_line_and_the_reason(desk: Desk) -> None:
    file = desk.write(GOOD[0], *(line for line, _ in BAD), GOOD[1])
    code, said = desk.load(file, "--carrier", CARRIER)
    assert (code, said.splitlines()[-1]) == (1, "2 loaded, 0 known already, 6 not taken.")
    assert desk.refused() == [["line", "reason"], *([str(nth), why] for nth, (_, why) in enumerate(BAD, 3))]
    assert "1380013" not in said + str(desk.refused())


def test_a_reason_stands_by_its_own_line_in_whatever_order_the_numbers_come(desk: Desk) -> None:
    told = ((88, "2019-01-01"), (66, "2999-01-01"), (77, "2019-01-01"), (55, "2999-01-02"))
    lines = (f"+86138001380{last},assigned,{day},a\n" for last, day in told)
    assert desk.load(desk.write(*lines), "--carrier", CARRIER)[0] == 1
    assert desk.refused()[1:] == [[line, "The change lies in the future."] for line in ("3", "5")]


@pytest.mark.parametrize(
    "said",
    [{"rows": 3}, {"sha256": "0" * 64}, {"carrier": "par_nobody"}, {"rows": 0}, {"more": 1}, {"period": {}}],
)
def test_a_file_that_its_manifest_does_not_mean_is_left_alone(desk: Desk, said: dict[str, object]) -> None:
    file = desk.write(*GOOD)
    code, words = desk.load(file, "--manifest", desk.manifest(file, **said))
    assert (code, "Traceback" in words) == (2, False)
    assert picture(desk.database)["changes"] == []


def test_a_carrier_that_has_nothing_to_report_says_so(desk: Desk) -> None:
    assert desk.load("--manifest", desk.manifest())[0] == 0
    assert desk.load("--carrier", CARRIER)[0] == 2
    with desk.database.read() as connection:
        [load] = loads.everything(connection)
    assert (load.rows, load.since is None, load.ended_at is None) == (0, False, False)


def test_a_carrier_that_has_nothing_to_report_may_send_a_file_that_says_nothing(desk: Desk) -> None:
    empty = desk.write()
    for until in ("2026-03-31", "2026-04-30"):
        period = {"since": "2026-03-01", "until": until}
        manifest = desk.manifest(period=period)
        assert desk.say("carrier", "load", empty, "--manifest", manifest)[0] == 0
    with desk.database.read() as connection:
        kept = loads.everything(connection)
    assert [(load.rows, load.ended_at is None) for load in kept] == [(0, False)] * 2


def test_a_file_without_rows_is_nothing_that_a_carrier_says(desk: Desk) -> None:
    code, said = desk.say("carrier", "load", desk.write(), "--carrier", CARRIER)
    assert (code, "nothing_to_report" in said, picture(desk.database)["loads"]) == (2, True, [])


def test_nobody_can_say_of_days_to_come_that_there_is_nothing_to_report(desk: Desk) -> None:
    period = {"since": "2026-03-01", "until": "2126-03-31"}
    code, said = desk.say("carrier", "load", "--manifest", desk.manifest(period=period))
    assert (code, "has not come" in said, picture(desk.database)["loads"]) == (2, True, [])


@pytest.mark.parametrize(("nobody", "why"), [("nix", "See: jiebang party list"), (SHOP, "not a carrier")])
def test_who_is_no_carrier_gets_no_clearance_report(desk: Desk, nobody: str, why: str) -> None:
    (desk.place / "numbers.txt").write_text("+8613800138055\n")
    code, said = desk.say("carrier", "clearance", desk.place / "numbers.txt", "--carrier", nobody)
    assert (code, why in said, "line 1" in said) == (2, True, False)


@pytest.mark.parametrize(
    "broken", [b"\x1f\x8b broken", b"PAR1 broken", b"\x28\xb5\x2f\xfd broken", b"\x00" * (1 << 22)]
)
def test_a_damaged_file_is_left_alone(desk: Desk, broken: bytes) -> None:
    (desk.place / "changes.csv").write_bytes(broken)
    code, said = desk.load(desk.place / "changes.csv", "--carrier", CARRIER)
    assert (code, "Traceback" in said, picture(desk.database)["loads"]) == (2, False, [])


def test_a_file_whose_columns_are_others_is_left_alone(desk: Desk) -> None:
    (desk.place / "changes.csv").write_text("phone,change,at,holder\n" + GOOD[0])
    numbers = pa.table({name: [7] for name in HEAD.strip().split(",")})
    parquet.write_table(numbers, desk.place / "typed.parquet")
    for name, why in (("changes.csv", "does not have the columns"), ("typed.parquet", "must be texts")):
        code, said = desk.load(desk.place / name, "--carrier", CARRIER)
        assert (code, why in said) == (2, True)
    assert picture(desk.database)["loads"] == []


def test_of_a_parquet_file_one_bad_cell_costs_its_row_alone(desk: Desk) -> None:
    table = parquet.read_table(packed(desk.write(*GOOD), "parquet"))
    days = pa.array([19_000, 10**8], pa.int32()).cast(pa.date32())
    parquet.write_table(table.set_column(2, "at", days), desk.place / "changes.parquet")
    code, said = desk.load(desk.place / "changes.parquet", "--carrier", CARRIER)
    assert (code, said.splitlines()[-1]) == (1, "1 loaded, 0 known already, 1 not taken.")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_file_in_another_encoding_is_left_alone(desk: Desk, encoding: str) -> None:
    file = desk.place / "changes.csv"
    file.write_text("".join([HEAD, *GOOD]), encoding=encoding)
    code, said = desk.load(file, "--carrier", CARRIER)
    assert (code, "does not have the columns" in said) == (2, True)
    assert picture(desk.database)["changes"] == picture(desk.database)["loads"] == []


def test_of_a_file_in_gbk_the_rows_are_taken_that_read_the_same_in_utf_8(desk: Desk) -> None:
    file = desk.write(GOOD[0], "+8613800138066,assigned,2019-01-07,王\n".encode("gbk"), GOOD[1])
    assert desk.load(file, "--carrier", CARRIER)[0] == 1
    assert desk.refused() == [["line", "reason"], ["3", "this row is not UTF-8"]]
    assert len(picture(desk.database)["changes"]) == 2


def test_a_file_that_was_changed_after_a_kill_begins_anew_and_doubles_nothing(desk: Desk) -> None:
    manifest = desk.manifest(desk.write(*GOOD))
    assert desk.load(desk.place / "changes.csv", "--manifest", manifest)[0] == 0
    file = desk.write(GOOD[0], "+8613800138066,assigned,2019-01-07,c\n", GOOD[1])
    assert desk.load(file, "--manifest", manifest)[0] == 2
    assert len(picture(desk.database)["changes"]) == 2
    said = desk.load(file, "--manifest", desk.manifest(file))
    assert said == (0, "1 loaded, 2 known already, 0 not taken.\n")


def test_ten_million_bad_rows_take_no_more_memory_than_ten(desk: Desk) -> None:
    taken = []
    for count in (10, 10_000_000):
        file = desk.write()
        with file.open("ab") as bad:
            for _ in range(count // 10):
                bad.write(b"-,assigned,2019-01-07,h\n" * 10)
        code, said, megabytes = desk.measure(file, "--carrier", CARRIER)
        assert (code, said.splitlines()[-1]) == (1, f"0 loaded, 0 known already, {count} not taken.")
        assert len(said.splitlines()) < 30
        taken.append(megabytes)
    assert taken[1] - taken[0] < 100
    report = desk.place / "changes.csv.refused.csv"
    with report.open("rb") as lines:
        assert sum(1 for _ in lines) == 10_000_001
    for large in (desk.place / "changes.csv", report):
        large.unlink()  # pytest keeps what tests have left
