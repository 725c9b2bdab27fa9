"""The journal is sealed in one order, and any change to what was sealed is found where it is."""

import pytest
from sqlalchemy import delete, select, update

from jiebang.domain.journal import START, Broken, Entry, chain, read, verify
from jiebang.domain.merkle import continues, leaf, prove_consistency
from jiebang.flows.seal_journal import seal_journal
from jiebang.store import journal
from jiebang.store.database import Database
from jiebang.store.tables import checkpoints as checkpoints_table
from jiebang.store.tables import journal as table
from jiebang.wire.notes import Sealer, open_checkpoint
from tests.build import NOW

SEALER = Sealer("https://hub.example/journal", bytes(32))
BATCHES = (3, 5, 300)
SIZE = sum(BATCHES)


def entry(at: int) -> Entry:
    """Tell of something."""
    return Entry(at=NOW, what="order:moved", by="hub", order_id=f"ord_{at}", said={"state": "open"})


def wrote(database: Database, *, batches: tuple[int, ...] = BATCHES) -> None:
    """Write entries in batches, and seal after each."""
    written = 0
    for batch in batches:
        with database.write() as connection:
            journal.write(connection, [entry(at) for at in range(written, written + batch)])
        written += batch
        assert seal_journal(database, now=NOW, sign=SEALER.seal, most=SIZE) == batch


def checked(database: Database) -> list[int]:
    """Verify the journal as it is."""
    with database.read() as connection:
        notes = journal.all_checkpoints(connection)
        signed = [open_checkpoint(note, SEALER.verifier()) for note in notes.values()]
        return list(verify(journal.sealed(connection), signed))


def test_what_was_sealed_is_right_at_every_checkpoint(database: Database) -> None:
    wrote(database)
    assert checked(database) == [3, 8, SIZE]


def test_entries_come_back_as_they_were_written(database: Database) -> None:
    wrote(database, batches=(2,))
    with database.read() as connection:
        assert [read(one.text) for one in journal.sealed(connection)] == [entry(0), entry(1)]
        assert journal.of_orders(connection, ["ord_1"]) == {"ord_1": [entry(1)]}


def test_sealing_again_when_nothing_waits_makes_no_checkpoint(database: Database) -> None:
    wrote(database, batches=(2,))
    assert seal_journal(database, now=NOW, sign=SEALER.seal) == 0
    assert checked(database) == [2]


def test_what_is_too_much_for_once_is_sealed_in_turns(database: Database) -> None:
    with database.write() as connection:
        journal.write(connection, [entry(at) for at in range(5)])
    turns = [seal_journal(database, now=NOW, sign=SEALER.seal, most=2) for _ in range(4)]
    assert turns == [2, 2, 1, 0]
    assert checked(database) == [2, 4, 5]


@pytest.mark.parametrize("place", [0, 7, 8, SIZE - 1])
def test_a_changed_entry_is_found(database: Database, place: int) -> None:
    wrote(database)
    with database.write() as connection:
        changed = entry(place).text().replace("open", "done")
        connection.execute(update(table).where(table.c.place == place).values(entry=changed))
    with pytest.raises(Broken) as found:
        checked(database)
    assert found.value.place == place


@pytest.mark.parametrize("place", [0, 7, 8, SIZE - 1])
def test_a_missing_entry_is_found(database: Database, place: int) -> None:
    wrote(database)
    with database.write() as connection:
        connection.execute(delete(table).where(table.c.place == place))
    with pytest.raises(Broken, match="missing") as found:
        checked(database)
    assert found.value.place == place


def test_entries_that_changed_places_are_found(database: Database) -> None:
    wrote(database)
    with database.write() as connection:
        for place, other in ((5, 6), (6, 5)):
            moved = entry(other).text()
            connection.execute(update(table).where(table.c.place == place).values(entry=moved))
    with pytest.raises(Broken, match="not where it was") as found:
        checked(database)
    assert found.value.place == 5


def test_an_entry_that_no_checkpoint_seals_is_found(database: Database) -> None:
    wrote(database)
    with database.write() as connection:
        connection.execute(delete(checkpoints_table).where(checkpoints_table.c.size == SIZE))
    with pytest.raises(Broken, match="no checkpoint") as found:
        checked(database)
    assert found.value.place == 8


def test_a_history_that_was_written_anew_is_found_by_the_next_checkpoint(database: Database) -> None:
    wrote(database)
    with database.write() as connection:
        before = START
        for one in list(journal.sealed(connection)):
            text = one.text.replace("open", "done") if one.place == 4 else one.text
            before = chain(before, leaf(text.encode()))
            anew = update(table).where(table.c.place == one.place)
            connection.execute(anew.values(entry=text, chain=before.hex()))
    with pytest.raises(Broken, match="entry 3: from here to entry 7"):
        checked(database)


def test_a_journal_is_shown_to_have_only_grown(database: Database) -> None:
    wrote(database)
    with database.read() as connection:
        roots = {
            (one := open_checkpoint(note, SEALER.verifier())).size: one.root
            for note in journal.all_checkpoints(connection).values()
        }
        path = prove_consistency(8, SIZE, perfect=journal.tree(connection))
    assert continues(roots[8], 8, root=roots[SIZE], size=SIZE, path=path)


def test_places_are_given_once(database: Database) -> None:
    wrote(database)
    with database.read() as connection:
        places = list(connection.scalars(select(table.c.place).order_by(table.c.place)))
    assert places == list(range(SIZE))
