"""`jiebang journal`: the real command finds a journal as it was sealed, and says where it is not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from jiebang.domain.journal import Entry
from jiebang.sandbox.program import installed
from jiebang.store import journal
from jiebang.store.tables import checkpoints
from jiebang.store.tables import journal as table
from tests.build import NOW
from tests.cli.desk import Desk, at_desk

ENTRIES = [
    Entry(at=NOW, what="order:moved", by="hub", order_id=f"ord_{at}", proof_id=f"prf_{at}")
    for at in range(40)
]


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub in which something has happened."""
    with at_desk(database_url, tmp_path) as desk:
        with desk.database.write() as connection:
            journal.write(connection, ENTRIES)
        yield desk


def run(desk: Desk, *words: str | Path) -> tuple[int, str]:
    """Run `jiebang journal` to its end; gives its exit code and what it said."""
    command = [str(installed("jiebang")), "journal", *(str(word) for word in words)]
    done = subprocess.run(command, env=desk.environment, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_a_journal_is_sealed_and_verified(desk: Desk) -> None:
    assert run(desk, "checkpoint") == (2, "Nothing is sealed yet. Run: jiebang journal seal")
    assert run(desk, "seal") == (0, "40 entries sealed.")
    code, said = run(desk, "verify")
    assert code == 0
    assert said.startswith(
        "40 entries and 1 checkpoints are as they were sealed. Verified up to the checkpoint of 40"
    )
    assert said.endswith("A checkpoint that was kept elsewhere shows it: --checkpoint FILE.")


def test_a_changed_entry_is_named(desk: Desk) -> None:
    run(desk, "seal")
    with desk.database.write() as connection:
        connection.execute(update(table).where(table.c.place == 17).values(entry="{}"))
    code, said = run(desk, "verify")
    assert code == 1
    assert said == "Not as it was sealed: entry 17: changed, or not where it was."


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"order_id": "ord_18"}, "'ord_18'"), ({"order_id": None}, "no order"),
        ({"proof_id": "prf_19"}, "'prf_19'"), ({"proof_id": None}, "no proof"),
    ],
)  # fmt: skip
def test_an_entry_that_is_found_under_another_order_or_proof_is_named(
    desk: Desk, given: dict[str, str | None], named: str
) -> None:
    run(desk, "seal")
    with desk.database.write() as connection:
        connection.execute(update(table).where(table.c.place == 17).values(given))
    said = f"Not as it was sealed: entry 17: found under {named}, which it is not about."
    assert run(desk, "verify") == (1, said)


@pytest.mark.parametrize(
    ("change", "how"),
    [
        ({"note": "https://hub.example/journal"}, "40 entries: not signed with this key"),
        ({"size": 41}, "41 entries: what was signed is that of 40"),
    ],
)
def test_a_checkpoint_that_was_changed_is_named(desk: Desk, change: dict[str, Any], how: str) -> None:
    run(desk, "seal")
    with desk.database.write() as connection:
        journal.write(connection, ENTRIES)
    run(desk, "seal")
    with desk.database.write() as connection:
        connection.execute(update(checkpoints).where(checkpoints.c.size == 40).values(**change))
    assert run(desk, "verify") == (1, f"Not as it was sealed: the checkpoint of {how}.")


def test_of_entries_whose_seals_were_taken_away_it_is_said_that_they_wait(desk: Desk) -> None:
    run(desk, "seal")
    with desk.database.write() as connection:
        connection.execute(delete(checkpoints))
        connection.execute(update(table).where(table.c.place > 0).values(place=None, chain=None))
        connection.execute(delete(table).where(table.c.place == 0))
    code, said = run(desk, "verify")
    assert code == 0
    assert (
        "39 entries wait to be sealed, 0 of them from before others that are sealed; the first since" in said
    )


def test_a_checkpoint_that_was_kept_elsewhere_is_held_against_the_journal(desk: Desk) -> None:
    run(desk, "seal")
    kept = desk.place / "kept.note"
    kept.write_text(desk_checkpoint(desk))
    _, key = run(desk, "key")
    code, said = run(desk, "verify", "--key", key, "--checkpoint", kept)
    assert (code, said[-34:]) == (0, "40 by one that was kept elsewhere.")
    with desk.database.write() as connection:
        connection.execute(table.delete().where(table.c.place > 9))
    assert run(desk, "verify", "--checkpoint", kept)[1] == "Not as it was sealed: entry 10: missing."


def desk_checkpoint(desk: Desk) -> str:
    """Read the newest checkpoint as it was signed."""
    with desk.database.read() as connection:
        return journal.latest_checkpoint(connection) or ""


@pytest.mark.parametrize("spoilt", ["", "nothing", "a\n\n— b c\n", "\udcff"])
def test_what_is_no_checkpoint_is_refused(desk: Desk, spoilt: str) -> None:
    kept = desk.place / "kept.note"
    kept.write_bytes(spoilt.encode(errors="surrogateescape"))
    code, said = run(desk, "verify", "--checkpoint", kept)
    assert code == 2
    assert "checkpoint" in said


def test_what_is_no_key_is_refused(desk: Desk) -> None:
    assert run(desk, "verify", "--key", "key")[0] == 2
    assert run(desk, "verify", "--checkpoint", desk.place / "nowhere")[0] == 2
