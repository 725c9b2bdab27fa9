"""`jiebang journal`: the real command finds a journal as it was sealed, and says where it is not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from jiebang.domain.journal import Entry
from jiebang.sandbox.program import installed
from jiebang.store import journal
from jiebang.store.tables import journal as table
from tests.build import NOW
from tests.cli.desk import Desk, at_desk

ENTRIES = [Entry(at=NOW, what="order:moved", by="hub", order_id=f"ord_{at}") for at in range(40)]


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
    assert run(desk, "verify") == (0, "40 entries and 1 checkpoints are as they were sealed.")


def test_a_changed_entry_is_named(desk: Desk) -> None:
    run(desk, "seal")
    with desk.database.write() as connection:
        connection.execute(update(table).where(table.c.place == 17).values(entry="{}"))
    code, said = run(desk, "verify")
    assert code == 1
    assert said == "Not as it was sealed: entry 17: changed, or not where it was."


def test_a_checkpoint_that_was_kept_elsewhere_is_held_against_the_journal(desk: Desk) -> None:
    run(desk, "seal")
    kept = desk.place / "kept.note"
    kept.write_text(desk_checkpoint(desk))
    _, key = run(desk, "key")
    assert run(desk, "verify", "--key", key, "--checkpoint", kept)[0] == 0
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
