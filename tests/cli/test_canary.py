"""`jiebang canary` and `jiebang platform`: the real commands; no number is ever shown."""

import subprocess
from pathlib import Path

from jiebang.domain.habit import Suspicion
from jiebang.sandbox.program import installed
from jiebang.store import habits
from tests.build import NOW
from tests.cli.desk import Desk, at_desk
from tests.memory import SHOP

NUMBERS = "+8613800138098\n+8613800138099\n"


def run(desk: Desk, *words: str | Path) -> tuple[int, str]:
    """Run a command to its end; gives its exit code and what it said."""
    command = [str(installed("jiebang")), *(str(word) for word in words)]
    done = subprocess.run(command, env=desk.environment, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_canary_numbers_are_taken_and_what_is_none_is_named_by_its_place(
    sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "canaries.txt"
    with at_desk(sqlite_url, tmp_path) as desk:
        file.write_text(NUMBERS)
        assert run(desk, "canary", "add", file) == (0, "2 numbers added.")
        file.write_text(f"{NUMBERS}138\n")
        code, said = run(desk, "canary", "add", file)
        assert (code, "Number 3: This is not" in said, "138" in said) == (2, True, False)
        assert run(desk, "canary", "add", tmp_path / "nowhere")[0] == 2


def test_a_number_that_is_given_out_is_a_canary_no_more(sqlite_url: str, tmp_path: Path) -> None:
    file, one = tmp_path / "canaries.txt", tmp_path / "one.txt"
    file.write_text(NUMBERS)
    one.write_text(NUMBERS.splitlines()[0])
    with at_desk(sqlite_url, tmp_path) as desk:
        run(desk, "canary", "add", file)
        assert run(desk, "canary", "drop", one) == (0, "1 numbers dropped.")
        assert run(desk, "canary", "drop", one) == (0, "0 numbers dropped.")
        with desk.database.read() as connection:
            assert [number.e164 for number in habits.all_canaries(connection)] == [NUMBERS.split()[1]]


def test_what_is_suspected_is_listed(sqlite_url: str, tmp_path: Path) -> None:
    with at_desk(sqlite_url, tmp_path) as desk:
        with desk.database.write() as connection:
            habits.suspect(connection, SHOP, of=Suspicion.CANARY, now=NOW)
        code, said = run(desk, "platform", "flags")
        assert (code, SHOP in said, "2026-11-24" in said) == (0, True, True)
