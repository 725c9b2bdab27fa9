"""The day on which a number last became someone else's follows from its tenures."""

from datetime import UTC, date, timedelta

from jiebang.domain.number import Number
from jiebang.domain.party import Party, Role
from jiebang.domain.span import Span, day
from jiebang.domain.tenure import Change, ChangeKind, tenures
from jiebang.flows.add_party import add_party
from jiebang.recycled.days import NEVER, NOT_COVERED, code_of
from jiebang.recycled.histories import changed_hands, code_for, facts
from jiebang.store import numbers
from jiebang.store.database import Database
from tests.build import BEIJING, HISTORY, NOW, change, on

ASSIGNED, DISCONNECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED
NUMBERS = [Number(f"+{digits}") for digits in (12015550123, 4930901820, 491512345678, 8613800138000)]


def test_the_day_is_the_last_of_the_span_in_the_lists_own_zone() -> None:
    assert code_for(HISTORY, BEIJING) == code_of(date(2026, 3, 2))
    assert code_for(HISTORY[:1], BEIJING) == NEVER
    assert code_for([], BEIJING) == NOT_COVERED
    wide = Span(on(2026, 3, 2).not_before, on(2026, 3, 9).not_after)
    assert code_for([*HISTORY[:2], change(ASSIGNED, wide)], UTC) == code_of(date(2026, 3, 9))


def test_a_number_that_comes_back_to_its_holder_has_not_changed_hands() -> None:
    back = [*HISTORY[:2], change(ASSIGNED, on(2026, 3, 2), "earlier")]
    assert changed_hands(tenures(back)) is None


def test_two_carriers_that_say_the_same_of_a_holder_speak_of_two() -> None:
    here = [one._replace(carrier_id="par_here") for one in HISTORY[:2]]
    there = change(ASSIGNED, on(2026, 3, 2), "earlier")._replace(carrier_id="par_there")
    assert code_for([*here, there], BEIJING) == code_of(date(2026, 3, 2))


def test_changes_come_from_both_databases_by_number_and_as_reported(
    database_url: str,
) -> None:
    database = Database(database_url)
    add_party(database, Party(id="par_c", role=Role.CARRIER, name="C", jwks={}, timezone="UTC"), now=NOW)
    days = [date(2020, 1, 1) + timedelta(days=100 * at) for at in range(3)]
    kinds = (ASSIGNED, DISCONNECTED, ASSIGNED)
    said = [
        Change(number=number, kind=kind, at=day(on_day), holder=f"{on_day}")
        for kind, on_day in zip(kinds, days, strict=True)
        for number in NUMBERS[::-1]
    ]
    with database.write() as connection:
        numbers.append(connection, said, carrier_id="par_c", now=NOW)
    with database.read() as connection:
        found = list(facts(numbers.everything(connection)))
    database.close()
    assert found == sorted((int(number.e164), code_of(days[2])) for number in NUMBERS)
