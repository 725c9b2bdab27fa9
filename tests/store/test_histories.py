"""Whatever is reported, in whatever order and batches: the domain and both databases give one answer."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiebang.domain.admission import judge
from jiebang.domain.number import Number, parse
from jiebang.domain.policy import Policy
from jiebang.domain.span import Span, day, instant
from jiebang.domain.tenure import Change, ChangeKind, tenures
from jiebang.domain.verdict import Fate
from jiebang.flows.load_changes import load_changes
from jiebang.store import numbers
from jiebang.store.database import Database
from tests.build import HISTORY, NOW, NUMBER, OTHER_NUMBER
from tests.chance import chance, instants
from tests.memory import CARRIER

RESTLESS = Policy(aging={}, aging_elsewhere=timedelta(0))
FRESH = (parse(f"+86138001{last:05}") for last in count())

kinds = st.sampled_from([kind for kind in ChangeKind if kind is not ChangeKind.CORRECTED])
spans = instants.map(instant) | instants.map(lambda at: day(at.date()))
said = st.tuples(kinds, spans, st.sampled_from(["a", "b", None]), st.none())
corrections = st.tuples(st.just(ChangeKind.CORRECTED), spans, st.sampled_from(["a", None]), kinds)
repeats = st.tuples(st.just("again"), st.integers(0, 20))


def build(number: Number, told: list[tuple[object, ...]]) -> list[Change]:
    """Build reports; some take back or repeat what was said before."""
    made: list[Change] = []
    for one in told:
        match one:
            case (
                ChangeKind() as kind,
                Span() as at,
                (str() | None) as holder,
                (ChangeKind() | None) as takes_back,
            ):
                change = Change(
                    number=number, kind=kind, at=at, holder=holder, takes_back=takes_back, carrier_id=CARRIER
                )  # fmt: skip
                made.append(change)
            case ("again", int(place)) if made:
                made.append(made[place % len(made)])
            case ("back", int(place)) if made:
                before = made[place % len(made)]
                if before.kind is not ChangeKind.CORRECTED:
                    made.append(before._replace(kind=ChangeKind.CORRECTED, takes_back=before.kind))
    return made


takings = st.tuples(st.just("back"), st.integers(0, 20))
scripts = st.lists(said | takings | said | corrections | repeats, max_size=14)


@settings(chance, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scripts, st.lists(st.integers(1, 5), min_size=14, max_size=14))
def test_one_history_has_one_answer_everywhere(
    database: Database, told: list[tuple[object, ...]], sizes: list[int]
) -> None:
    number = next(FRESH)
    reported = build(number, told)
    known: dict[str, list[Change]] = {number.e164: []}
    judged, _ = judge(reported, known=known, now=NOW, policy=RESTLESS)
    fates: list[Fate] = []
    left = list(reported)
    for size in sizes:
        batch, left = left[:size], left[size:]
        verdicts = load_changes(database, CARRIER, changes=batch, now=NOW, policy=RESTLESS)
        fates += [verdict.fate for verdict in verdicts]
    assert fates == [verdict.fate for verdict in judged][: len(fates)]
    with database.read() as connection:
        kept = numbers.history(connection, number)
    assert kept == known[number.e164][: len(kept)]
    assert tenures(kept) == tenures(known[number.e164])


def test_every_number_is_walked_with_its_history_in_order(database: Database) -> None:
    others = [change._replace(number=OTHER_NUMBER) for change in HISTORY]
    woven = [one for pair in zip(HISTORY, others, strict=True) for one in pair]
    load_changes(database, CARRIER, changes=woven, now=NOW, policy=RESTLESS)
    with database.read() as connection:
        walked = {number: tenures(history) for number, history in numbers.everything(connection)}
    assert list(walked) == sorted([NUMBER.e164, OTHER_NUMBER.e164])
    assert walked[NUMBER.e164] == tenures(HISTORY)
    assert walked[OTHER_NUMBER.e164] == tenures(HISTORY)


def test_a_mark_that_is_known_is_passed_over_whatever_it_marks(database: Database) -> None:
    first, gone, again = HISTORY
    for said_so, marks, fates in [
        ([first, first], ["m1", "m1"], [Fate.RECORDED, Fate.ALREADY]),
        ([gone], ["m1"], [Fate.ALREADY]),
        ([first, gone], ["m2", "m3"], [Fate.ALREADY, Fate.RECORDED]),
        ([again], ["m2"], [Fate.RECORDED]),
    ]:
        verdicts = load_changes(database, CARRIER, changes=said_so, now=NOW, policy=RESTLESS, marks=marks)
        assert [verdict.fate for verdict in verdicts] == fates
