"""Signals are read in the order in which they were kept, and none is passed over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

from sqlalchemy import text

from jiebang.domain.letter import Event
from jiebang.domain.number import parse
from jiebang.domain.signal import Signal, Told
from jiebang.domain.stream import SIGNALS
from jiebang.store import signals
from jiebang.store.database import Database
from tests.build import NOW, NUMBER, OTHER_NUMBER, on
from tests.memory import CARRIER, opened, picture, together

ENDED = Signal(number=NUMBER, event=Event.NUMBER_DISCONNECTED, at=on(2025, 11, 3))
AGAIN = Signal(number=OTHER_NUMBER, event=Event.IDENTIFIER_RECYCLED, at=on(2026, 3, 2))


def leave(database: Database, *told: Signal, days_ago: int = 0) -> None:
    """Write signals."""
    with database.write() as connection:
        signals.leave(connection, told, carrier_id=CARRIER, now=NOW - timedelta(days=days_ago))


def heard(database: Database, after: int = 0, *, most: int = 2) -> list[Told]:
    """Read all that was told after a place."""
    with database.read() as connection:
        batches = signals.between(connection, after, before=None, events=SIGNALS, most=most)
        return [told for batch in batches for told in batch]


def test_a_signal_comes_out_as_it_went_in(database: Database) -> None:
    leave(database, ENDED, AGAIN)
    leave(database, ENDED)
    found = heard(database)
    assert [told.signal for told in found] == [ENDED, AGAIN, ENDED]
    assert [told.seq for told in found] == sorted({told.seq for told in found})
    assert {told.told_at for told in found} == {NOW}
    assert heard(database, found[1].seq) == found[2:]


def test_who_wants_one_kind_of_signal_hears_that_kind(database: Database) -> None:
    leave(database, ENDED, AGAIN, ENDED)
    with database.read() as connection:
        [batch] = signals.between(connection, 0, before=None, events=[Event.IDENTIFIER_RECYCLED], most=9)
    assert [told.signal for told in batch] == [AGAIN]


def test_postgresql_need_not_have_counted_the_signals_to_find_the_next(postgresql_url: str) -> None:
    with opened(postgresql_url) as database:
        leave(database, *[ENDED, AGAIN] * 5_000)
        with database.read() as connection:
            scans = text("select seq_scan from pg_stat_xact_user_tables where relname = 'signals'")
            so_far = connection.scalar(scans)
            next(signals.between(connection, 100, before=None, events=SIGNALS, most=1000))
            assert connection.scalar(scans) == so_far


def test_a_signal_is_one_row_however_many_platforms_there_are(database: Database) -> None:
    leave(database, ENDED)
    rows = picture(database)
    assert len(rows["signals"]) == 1
    assert rows["letters"] == rows["cursors"] == rows["clearances"] == []


@contextmanager
def half_written(database: Database, told: Signal) -> Iterator[Flag]:
    """Write a signal in a thread, and hold its transaction open until the flag is set."""
    written, go = Flag(), Flag()

    def write() -> None:
        with database.write() as connection:
            signals.leave(connection, [told], carrier_id=CARRIER, now=NOW)
            written.set()
            go.wait(20)

    thread = Thread(target=write)
    thread.start()
    assert written.wait(20)
    yield go
    go.set()
    thread.join()


def test_a_reader_never_passes_a_writer_who_has_counted_and_not_ended(database: Database) -> None:
    second = Thread(target=leave, args=(database, AGAIN))
    with half_written(database, ENDED) as go:
        second.start()
        # The second one has nothing to wait for but the first: a reader who saw it now would pass by ENDED.
        second.join(0.3)
        assert heard(database) == []
        go.set()
        second.join(20)
        assert not second.is_alive()
    assert [told.signal for told in heard(database)] == [ENDED, AGAIN]


def test_readers_beside_many_writers_hear_everything_once_and_in_order(database: Database) -> None:
    numbers = [parse(f"+86138001380{last:02}") for last in range(40)]
    places: list[int] = []
    told: list[str] = []

    def write(part: int) -> None:
        for number in numbers[part::4]:
            leave(database, Signal(number=number, event=ENDED.event, at=ENDED.at))

    def read() -> None:
        while len(told) < len(numbers):
            for one in heard(database, places[-1] if places else 0, most=7):
                places.append(one.seq)
                told.append(one.signal.number.e164)

    assert together(read, *(lambda part=part: write(part) for part in range(4))) == [None] * 5
    assert sorted(told) == sorted(number.e164 for number in numbers)
    assert places == sorted(places)


def test_places_are_never_used_again_after_a_sweep(database: Database) -> None:
    leave(database, ENDED, AGAIN, days_ago=500)
    last = heard(database)[-1].seq
    with database.write() as connection:
        signals.erase(connection, before=NOW - timedelta(days=400))
    assert heard(database) == []
    leave(database, ENDED)
    assert heard(database)[0].seq > last


def test_the_place_before_a_day_is_found(database: Database) -> None:
    leave(database, ENDED, days_ago=9)
    leave(database, AGAIN, days_ago=3)
    first, second = heard(database)
    with database.read() as connection:
        places = [signals.before(connection, NOW - timedelta(days=days)) for days in (10, 5, 1)]
    assert places == [first.seq - 1, second.seq - 1, second.seq]


def test_only_what_a_stream_carries_is_read(database: Database) -> None:
    leave(database, ENDED, AGAIN, ENDED)
    with database.read() as connection:
        batches = list(signals.between(connection, 0, before=None, events=[AGAIN.event], most=9))
    assert [told.signal for batch in batches for told in batch] == [AGAIN]
