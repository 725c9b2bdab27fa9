"""What is suspected of a platform follows from its days, and from nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.habit import Habit, Suspicion, day_of, suspicions
from tests.build import NOW, POLICY

EVERYONE, NOBODY, CANARY = Suspicion
COUNTS = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda two: (max(two), min(two)))


def days(*counts: tuple[int, int], canaries: int = 0) -> list[Habit]:
    """Count answers and those with records, from today back."""
    return [
        Habit(
            platform_id="par_shop",
            day=day_of(NOW) - timedelta(days=ago),
            answered=answered,
            with_records=known,
            canaries=canaries,
        )
        for ago, (answered, known) in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "suspected"),
    [
        ([], set()),
        ([(49, 49)], set()),
        ([(50, 50)], {EVERYONE}),
        ([(100, 95)], {EVERYONE}),
        ([(100, 94)], set()),
        ([(30, 30), (30, 30)], {EVERYONE}),
        ([(0, 0), (0, 0), (100, 100)], set()),
        ([(50, 0), (50, 0), (100, 10)], {NOBODY}),
        ([(50, 0), (50, 1), (100, 10)], set()),
        ([(50, 0), (40, 0), (100, 10)], set()),
        ([(500, 0), (500, 0), (1000, 0)], set()),
        ([(500, 0), (500, 0)], set()),
    ],
)
def test_days_are_judged(counts: list[tuple[int, int]], suspected: set[Suspicion]) -> None:
    assert suspicions(days(*counts), NOW, policy=POLICY) == suspected


def test_one_claim_on_a_number_that_nobody_holds_is_enough() -> None:
    assert suspicions(days((0, 0), canaries=1), NOW, policy=POLICY) == {CANARY}


@given(st.lists(COUNTS, max_size=10))
def test_the_order_of_days_says_nothing_and_no_platform_claims_everyone_and_nobody(
    counts: list[tuple[int, int]],
) -> None:
    habits = days(*counts)
    found = suspicions(habits, NOW, policy=POLICY)
    assert suspicions(reversed(habits), NOW, policy=POLICY) == found
    assert not {EVERYONE, NOBODY} <= found


@given(COUNTS)
def test_an_honest_platform_that_stays_as_it_is_is_not_suspected(count: tuple[int, int]) -> None:
    answered, known = count
    honest = (answered, min(known, answered * 9 // 10))
    assert suspicions(days(*[honest] * 8), NOW, policy=POLICY) == set()
