"""Whose a record is follows from when it was bound, as far as that is known; nothing is guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given

from jiebang.domain.binding import Bound, BoundSource, Origin, Precision
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import Tenure
from tests.build import BINDING, NOW, on
from tests.chance import chance, closed_spans, spans

TICK = timedelta(microseconds=1)
EAST = timezone(timedelta(hours=8))
SINCE = on(2026, 3, 2)
FIRST, LAST = SINCE.not_before, SINCE.not_after
assert FIRST is not None
assert LAST is not None


@pytest.mark.parametrize(
    ("bound", "origin"),
    [
        (instant(FIRST - TICK), Origin.INHERITED),
        (instant(FIRST), Origin.UNCERTAIN),
        (instant(LAST - TICK), Origin.UNCERTAIN),
        (instant(LAST), Origin.OWN),
        (on(2026, 3, 1), Origin.INHERITED),
        (on(2026, 3, 2), Origin.UNCERTAIN),
        (on(2026, 3, 3), Origin.OWN),
        (Span(None, FIRST - TICK), Origin.INHERITED),
        (Span(None, FIRST), Origin.UNCERTAIN),
        (Span(LAST, None), Origin.OWN),
        (Span(LAST - TICK, None), Origin.UNCERTAIN),
        (Span(FIRST - TICK, LAST + TICK), Origin.UNCERTAIN),
        (Span(None, None), Origin.UNCERTAIN),
    ],
)
def test_a_tenure_that_began_on_a_day_is_judged_by_its_edges(bound: Span, origin: Origin) -> None:
    assert replace(BINDING, bound=bound).origin(Tenure(since=SINCE)) is origin


@pytest.mark.parametrize(
    ("bound", "origin"), [(NOW - TICK, Origin.INHERITED), (NOW, Origin.OWN), (NOW + TICK, Origin.OWN)]
)
def test_a_tenure_whose_instant_is_known_leaves_no_doubt(bound: datetime, origin: Origin) -> None:
    assert replace(BINDING, bound=instant(bound)).origin(Tenure(since=instant(NOW))) is origin


@chance
@given(bound=spans())
def test_without_a_known_tenure_nothing_is_known(bound: Span) -> None:
    assert replace(BINDING, bound=bound).origin(None) is Origin.UNCERTAIN


@chance
@given(bound=closed_spans(), since=closed_spans())
def test_what_is_said_is_true_however_the_truth_lies(bound: Span, since: Span) -> None:
    assert None not in {bound.not_before, bound.not_after, since.not_before, since.not_after}
    origin = replace(BINDING, bound=bound).origin(Tenure(since=since))
    truths = [
        (b, s) for b in (bound.not_before, bound.not_after) for s in (since.not_before, since.not_after)
    ]
    before = [b < s for b, s in truths if b is not None and s is not None]
    assert origin is (Origin.INHERITED if all(before) else Origin.UNCERTAIN if any(before) else Origin.OWN)


def at(text: str) -> datetime:
    """An instant, as a platform writes it."""
    return datetime.fromisoformat(text)


SAID = at("2026-11-24T06:30:00+00:00")


@pytest.mark.parametrize(
    ("when", "precision", "first", "last"),
    [
        ("2026-03-02T10:11:12+08:00", Precision.INSTANT, "2026-03-02T02:11:12Z", "2026-03-02T02:11:12Z"),
        ("2026-03-02T00:00:00+08:00", Precision.DAY, "2026-03-01T16:00Z", "2026-03-02T15:59:59.999999Z"),
        ("2026-03-02T00:00:00Z", Precision.DAY, "2026-03-02T00:00Z", "2026-03-02T23:59:59.999999Z"),
        ("2024-02-29T00:00:00Z", Precision.DAY, "2024-02-29T00:00Z", "2024-02-29T23:59:59.999999Z"),
        ("2026-03-01T00:00:00+08:00", Precision.MONTH, "2026-02-28T16:00Z", "2026-03-31T15:59:59.999999Z"),
        ("2026-02-01T00:00:00Z", Precision.MONTH, "2026-02-01T00:00Z", "2026-02-28T23:59:59.999999Z"),
        ("2024-02-01T00:00:00Z", Precision.MONTH, "2024-02-01T00:00Z", "2024-02-29T23:59:59.999999Z"),
        ("2025-12-01T00:00:00Z", Precision.MONTH, "2025-12-01T00:00Z", "2025-12-31T23:59:59.999999Z"),
    ],
)
@pytest.mark.parametrize("source", BoundSource)
def test_what_a_platform_knows_is_what_its_word_proves(
    when: str, precision: Precision, first: str, last: str, source: BoundSource
) -> None:
    proven = {
        BoundSource.NATIVE: Span(at(first), at(last)),
        BoundSource.ACCOUNT_CREATED: Span(at(first), SAID),
        BoundSource.FIRST_SEEN: Span(None, at(last)),
        BoundSource.UNKNOWN: Span(None, SAID),
    }
    assert Bound(at=at(when), precision=precision, source=source).span(SAID) == proven[source]


@pytest.mark.parametrize("source", BoundSource)
@pytest.mark.parametrize("precision", Precision)
def test_without_an_instant_only_now_is_known(source: BoundSource, precision: Precision) -> None:
    assert Bound(at=None, precision=precision, source=source).span(NOW) == Span(None, NOW)


def test_a_platforms_clock_may_run_ahead_of_ours() -> None:
    ahead = NOW + timedelta(seconds=30)
    created = Bound(at=ahead, precision=Precision.INSTANT, source=BoundSource.ACCOUNT_CREATED)
    assert created.span(NOW) == instant(ahead)


def test_an_account_first_seen_on_the_day_of_the_tenure_is_not_called_inherited() -> None:
    morning = Tenure(since=instant(datetime(2026, 3, 2, 9, tzinfo=EAST).astimezone(UTC)))
    midnight = datetime(2026, 3, 2, tzinfo=EAST)
    seen = Bound(at=midnight, precision=Precision.DAY, source=BoundSource.FIRST_SEEN)
    assert replace(BINDING, bound=seen.span(NOW)).origin(morning) is Origin.UNCERTAIN
