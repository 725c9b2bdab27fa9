"""Whatever is reported of numbers: the domain, both databases and the list give one answer."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jiebang.domain.admission import judge
from jiebang.domain.number import Number
from jiebang.domain.recycling import Recycling, recycled_since
from jiebang.domain.signal import newest_of
from jiebang.domain.span import day, instant
from jiebang.domain.tenure import Change, ChangeKind, Tenures, present, standing, tenures
from jiebang.domain.verdict import Fate
from jiebang.house import House
from jiebang.recycled.days import NEVER, NOT_COVERED, code_of
from jiebang.recycled.histories import code_for
from tests import postgresql
from tests.build import BEIJING, NOW, POLICY
from tests.chance import chance
from tests.histories import HERE, NUMBERS, THERE, Batch, Life, Told, muddles, tenures_of, told_lives
from tests.places import ZONES, Place, Says, both

RESTLESS = replace(POLICY, aging={"86": timedelta(days=1)}, aging_elsewhere=timedelta(0))
DAY = timedelta(days=1)
shares = st.floats(0, 1)

BY_ONE = Change(
    number=NUMBERS[0], kind=ChangeKind.ASSIGNED, at=instant(datetime(2026, 3, 2, 2, tzinfo=UTC)), holder="a",
    carrier_id=HERE,
)  # fmt: skip
BY_ANOTHER = BY_ONE._replace(carrier_id=THERE)
NOT_THERE = BY_ANOTHER._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.ASSIGNED)
"""A carrier in another zone had said the same, and took it back: its days are not those that count."""


@pytest.fixture(scope="module")
def houses(
    postgresql_server: postgresql.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[House]]:
    """Open a hub on each kind of database."""
    with postgresql_server.database() as url, both(url, tmp_path_factory.mktemp("hub")) as houses:
        yield houses


@contextmanager
def places(houses: Sequence[House]) -> Iterator[list[Place]]:
    """Let hubs forget everything that was reported, and publish into new folders."""
    with TemporaryDirectory(prefix="jiebang-") as folder:
        yield [Place(house, Path(folder) / str(nth)) for nth, house in enumerate(houses)]


def days_of(batches: Sequence[Batch]) -> list[date]:
    """Choose days to ask about: those of the reports, and those beside them."""
    ends = {change.at.not_after for batch in batches for change in batch.changes}
    near = {end.astimezone(BEIJING).date() for end in ends if end is not None}
    return sorted({on + beside for on in near for beside in (-DAY, timedelta(0), DAY)})


def by_truth(life: Life, days: Sequence[date]) -> Says:
    """Tell what every place must say, from what happened and from no code of the domain's that replays."""
    if not life:
        return Says([], None, [Recycling.NO_DATA] * len(days), NOT_COVERED)
    line = tenures_of(life)
    holds = line[-1] if line[-1].until is None else None
    moved = line[-1].since.not_after
    assert moved is not None
    code = NEVER if len(line) == 1 else code_of(moved.astimezone(BEIJING).date())
    zone = ZONES[life[-1].opened.carrier_id or HERE]
    told = [Recycling.YES if moved.astimezone(zone).date() > on else Recycling.NO for on in days]
    return Says(line, holds, told if holds else [Recycling.UNASSIGNED] * len(days), code)


def by_domain(history: list[Change], days: Sequence[date]) -> Says:
    """Tell what the domain says of a history."""
    assigned = [change for change in standing(history) if change.kind is ChangeKind.ASSIGNED]
    zone = ZONES[(assigned[-1].carrier_id if assigned else None) or HERE]
    told = [recycled_since(history, day(on, zone)) for on in days]
    return Says(tenures(history), present(history), told, code_for(history, BEIJING))


def judged(batches: Sequence[Batch]) -> tuple[list[Fate], dict[str, list[Change]]]:
    """Let the domain judge all reports at once."""
    known = defaultdict[str, list[Change]](list)
    said = [change for batch in batches for change in batch.changes]
    verdicts, _ = judge(said, known=known, now=NOW, policy=RESTLESS)
    return [verdict.fate for verdict in verdicts], known


def halves(batches: Sequence[Batch], share: float) -> Iterator[tuple[Sequence[Batch], Sequence[Batch]]]:
    """Cut reports in two, each half with all so far: a list is published after each of them."""
    at = round(share * len(batches))
    return iter([(batches[:at], batches[:at]), (batches, batches[at:])])


def taken_again(place: Place, batches: Sequence[Batch]) -> set[Fate]:
    """Report everything once more, and say how that fared which had not been refused."""
    fates, _ = judged(batches)
    again = [fate for batch in batches for fate in place.load(batch, RESTLESS)]
    return {later for fate, later in zip(fates, again, strict=True) if fate is not Fate.REFUSED}


def assert_told(place: Place, number: Number, line: Tenures) -> None:
    """Whoever hears of a number hears nothing that is untrue by now, and the newest that is true."""
    told = place.told(number)
    assert all(one.holds(line) for one in told)
    assert newest_of(number, line) in {None, *told}


@chance
@given(told_lives(), shares)
def test_what_truly_happened_is_what_every_place_says(houses: list[House], told: Told, share: float) -> None:
    days = days_of(told.batches)
    with places(houses) as two:
        for place in two:
            for _, half in halves(told.batches, share):
                for batch in half:
                    place.load(batch, POLICY)
                place.publish()
            for number in NUMBERS:
                assert place.says(number, days) == by_truth(told.lives.get(number, []), days)


@chance
@given(muddles(), shares)
@example([Batch((BY_ONE,)), Batch((BY_ANOTHER, NOT_THERE))], 0.5)
def test_whatever_is_said_every_place_makes_of_it_what_the_domain_makes(
    houses: list[House], batches: list[Batch], share: float
) -> None:
    days = days_of(batches)
    with places(houses) as two:
        for place in two:
            for so_far, half in halves(batches, share):
                fates, known = judged(so_far)
                told = [fate for batch in half for fate in place.load(batch, RESTLESS)]
                assert told == fates[len(fates) - len(told) :]
                place.publish()
                for number in NUMBERS:
                    assert place.history(number) == known[number.e164]
                    assert place.says(number, days) == by_domain(known[number.e164], days)
                    assert_told(place, number, tuple(tenures(known[number.e164])))
            assert taken_again(place, batches) <= {Fate.ALREADY}
        assert len({bytes(place.list) for place in two}) == 1
