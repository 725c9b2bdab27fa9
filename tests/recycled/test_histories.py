"""The list says of each number what its tenures say, whichever database the changes come from."""

from collections import defaultdict
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.number import Number
from jiebang.domain.party import Party, Role
from jiebang.domain.span import Span, day
from jiebang.domain.tenure import Change, ChangeKind, tenures
from jiebang.flows.add_party import add_party
from jiebang.recycled.days import NEVER, NOT_COVERED, code_of
from jiebang.recycled.histories import changed_hands, code_for, facts
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import blocks_of, pack
from jiebang.store import numbers
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from tests.build import BEIJING, HISTORY, NOW, change, on
from tests.chance import chance, closed_spans
from tests.recycled.made import TODAY

ASSIGNED, DISCONNECTED = ChangeKind.ASSIGNED, ChangeKind.DISCONNECTED
NUMBERS = [Number(f"+{digits}") for digits in (12015550123, 4930901820, 491512345678, 8613800138000)]
reports = st.lists(
    st.tuples(
        st.sampled_from(NUMBERS),
        st.sampled_from([ASSIGNED, ASSIGNED, DISCONNECTED, ChangeKind.PORTED, ChangeKind.SUSPENDED]),
        closed_spans(),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=25,
)


def told(history: list[Change]) -> Span | None:
    """When a number last became someone else's, told another way: the latest tenure of another holder."""
    line = tenures(history)
    for at in range(len(line) - 1, 0, -1):
        if line[at].holder is None or line[at].holder != line[at - 1].holder:
            return line[at].since
    return None


@chance
@given(reports)
def test_random_histories_make_the_list_that_their_tenures_tell(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[Number, ChangeKind, Span, str | None]]
) -> None:
    known = defaultdict[Number, list[Change]](list)
    for number, kind, at, holder in said:
        known[number].append(Change(number=number, kind=kind, at=at, holder=holder))
    ordered = [(one.e164, known[one]) for one in sorted(known, key=lambda one: int(one.e164))]
    path = tmp_path_factory.mktemp("list") / "a.list"
    pack(path, blocks_of(facts(ordered, BEIJING)), covered_until=TODAY)
    published = MappedList(mapped(path))
    for number in NUMBERS:
        moved = told(known[number])
        code = published.code(int(number.e164))
        assert (code == NOT_COVERED) == (not tenures(known[number]))
        ended = None if moved is None else moved.not_after
        on_day = None if ended is None else ended.astimezone(BEIJING).date()
        assert published.changed_on(int(number.e164)) == on_day


def test_the_day_is_the_last_of_the_span_in_the_lists_own_zone() -> None:
    assert code_for(HISTORY, BEIJING) == code_of(date(2026, 3, 2))
    assert code_for(HISTORY[:1], BEIJING) == NEVER
    assert code_for([], BEIJING) == NOT_COVERED
    wide = Span(on(2026, 3, 2).not_before, on(2026, 3, 9).not_after)
    assert code_for([*HISTORY[:2], change(ASSIGNED, wide)], UTC) == code_of(date(2026, 3, 9))


def test_a_number_that_comes_back_to_its_holder_has_not_changed_hands() -> None:
    back = [*HISTORY[:2], change(ASSIGNED, on(2026, 3, 2), "earlier")]
    assert changed_hands(tenures(back)) is None


def test_changes_come_from_both_databases_by_number_and_as_reported(
    database_url: str,
) -> None:
    database = Database(database_url)
    upgrade(database)
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
