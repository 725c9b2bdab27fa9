"""Who has joined, what was reported, and how letters are taken: one of each, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jiebang.domain.errors import PartyExists, StreamExists, UnknownParty, UnknownStream
from jiebang.domain.span import instant
from jiebang.domain.stream import Stream, StreamStatus
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.store import mailbox, numbers, parties, streams
from jiebang.store.database import Database
from tests.build import HISTORY, NOW, NUMBER, OTHER_NUMBER, change
from tests.memory import CARRIER, PARTIES, SHOP, SOCIAL, picture, together, unchanged
from tests.store.test_mailbox import LETTER

TICK = timedelta(microseconds=1)
STREAM = Stream(id="str_1", platform_id=SHOP, events_requested=("a", "b"), description="店")


def test_parties_come_back_as_they_joined(database: Database) -> None:
    with database.write() as connection:
        parties.add(connection, replace(PARTIES[0], id="par_first"), now=NOW - TICK)
        assert [parties.get(connection, party.id) for party in PARTIES] == list(PARTIES)
        assert parties.everyone(connection)[0].id == "par_first"
        assert {party.id for party in parties.platforms(connection)} == {SHOP, SOCIAL, "par_first"}
        with pytest.raises(UnknownParty):
            parties.get(connection, "par_none")


def test_an_id_that_is_taken_stays_taken(database: Database) -> None:
    with unchanged(database), pytest.raises(PartyExists), database.write() as connection:
        parties.add(connection, replace(PARTIES[0], name="x"), now=NOW)


def test_an_assertion_is_used_once_whoever_is_quicker(database: Database) -> None:
    def use() -> bool:
        with database.write() as connection:
            return parties.use_assertion(connection, SHOP, jti="one", until=NOW)

    assert sorted(map(str, together(use, use, use))) == ["False", "False", "True"]
    with database.write() as connection:
        assert parties.use_assertion(connection, SOCIAL, jti="one", until=NOW)


def test_a_used_assertion_is_remembered_as_long_as_it_is_good(database: Database) -> None:
    with database.write() as connection:
        parties.use_assertion(connection, SHOP, jti="one", until=NOW)
        parties.forget_assertions(connection, NOW)
        assert not parties.use_assertion(connection, SHOP, jti="one", until=NOW)
        parties.forget_assertions(connection, NOW + TICK)
        assert parties.use_assertion(connection, SHOP, jti="one", until=NOW)


def test_a_stream_is_its_platforms_and_comes_back_as_it_was_saved(database: Database) -> None:
    later = replace(STREAM, status=StreamStatus.PAUSED, reason="night", description=None, verified_at=NOW)
    with database.write() as connection:
        streams.add(connection, STREAM)
        assert streams.get(connection, "str_1", platform_id=SHOP) == STREAM
        streams.save(connection, later)
        assert streams.of_platform(connection, SHOP) == later
        assert streams.of_platform(connection, SOCIAL) is None
        with pytest.raises(UnknownStream):
            streams.get(connection, "str_1", platform_id=SOCIAL)


def test_a_platform_has_one_stream(database: Database) -> None:
    with database.write() as connection:
        streams.add(connection, STREAM)
    with unchanged(database), pytest.raises(StreamExists), database.write() as connection:
        streams.add(connection, replace(STREAM, id="str_2"))


def test_letters_outlive_the_stream(database: Database) -> None:
    with database.write() as connection:
        streams.add(connection, STREAM)
        mailbox.leave(connection, [LETTER])
        streams.close(connection, STREAM)
        streams.add(connection, replace(STREAM, id="str_2"))
    assert len(picture(database)["letters"]) == 1


SAID = [one._replace(carrier_id=CARRIER) for one in HISTORY]


def append(database: Database, *changes: Change) -> None:
    """Append what the carrier reports."""
    with database.write() as connection:
        numbers.append(connection, changes, carrier_id=CARRIER, now=NOW)


def test_a_history_is_read_in_the_order_of_its_reports(database: Database) -> None:
    backwards = HISTORY[::-1]
    append(database, *backwards)
    with database.read() as connection:
        assert numbers.history(connection, NUMBER) == SAID[::-1]


def test_many_histories_are_read_at_once_and_the_unknown_is_empty(database: Database) -> None:
    append(database, *HISTORY)
    with database.read() as connection:
        found = numbers.histories(connection, [NUMBER, OTHER_NUMBER])
    assert (found[NUMBER.e164], found[OTHER_NUMBER.e164]) == (SAID, [])


@pytest.mark.parametrize("year", [1, 1969, 1970, 2038, 9999])
def test_an_instant_is_exact_however_far_away(database: Database, year: int) -> None:
    exact = change(ChangeKind.ASSIGNED, instant(datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)))
    append(database, exact)
    with database.read() as connection:
        assert numbers.history(connection, NUMBER) == [exact._replace(carrier_id=CARRIER)]
