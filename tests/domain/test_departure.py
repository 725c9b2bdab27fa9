"""What was begun for a number ends with the tenure that it may have been begun in."""

from datetime import timedelta

import pytest

from jiebang.domain.departure import NumberLeft, ends_before, require_held, require_not_left, told_since
from jiebang.domain.span import Span, instant
from jiebang.domain.tenure import Tenure
from tests.build import NOW, on

EARLIER = Tenure(since=on(2019, 1, 7), until=on(2025, 11, 3), holder="earlier")
PRESENT = Tenure(since=on(2026, 3, 2), holder="present")
TICK = timedelta(microseconds=1)
YESTERDAY = on(2026, 11, 23)


def test_while_a_tenure_lasts_what_was_begun_in_it_goes_on() -> None:
    assert ends_before([PRESENT], NOW) == PRESENT.since.not_before
    assert ends_before([EARLIER, PRESENT], NOW) == PRESENT.since.not_before


def test_when_a_tenure_has_ended_all_that_may_have_been_begun_in_it_ends() -> None:
    left = PRESENT.ended(YESTERDAY)
    assert ends_before([EARLIER, left], NOW) == on(2026, 11, 24).not_before


def test_where_a_number_may_have_been_handed_on_within_a_day_that_day_is_nobodys() -> None:
    at_once = [PRESENT.ended(YESTERDAY), Tenure(since=YESTERDAY, holder="next")]
    assert ends_before(at_once, NOW) == on(2026, 11, 24).not_before


def test_when_all_that_was_known_was_taken_back_everything_ends() -> None:
    assert ends_before([], NOW) == NOW + TICK


def test_of_a_tenure_whose_beginning_nobody_knows_nothing_ends() -> None:
    assert ends_before([Tenure(since=Span(None, NOW))], NOW) is None


@pytest.mark.parametrize("line", [[], [PRESENT], [EARLIER], [EARLIER, PRESENT]])
def test_who_may_hold_a_number_now_may_begin_something(line: list[Tenure]) -> None:
    require_held(line, NOW)


def test_what_was_begun_in_the_present_tenure_is_told() -> None:
    assert told_since([EARLIER, PRESENT], NOW) == PRESENT.since.not_before
    assert told_since([], NOW) is None


def test_where_the_last_tenure_has_ended_only_what_was_begun_surely_after_it_is_told() -> None:
    assert told_since([EARLIER, PRESENT.ended(YESTERDAY)], NOW) == on(2026, 11, 24).not_before
    assert told_since([PRESENT.ended(instant(NOW))], NOW) == NOW + TICK


@pytest.mark.parametrize("until", [YESTERDAY, instant(NOW), on(2025, 1, 1)])
def test_who_has_left_a_number_is_nobody_to_state_anything_however_long_ago_it_was(until: Span) -> None:
    require_not_left([EARLIER, PRESENT])
    require_not_left([])
    with pytest.raises(NumberLeft):
        require_not_left([PRESENT.ended(until)])


def test_who_has_left_a_number_begins_nothing_until_that_is_surely_over() -> None:
    left = [PRESENT.ended(Span(NOW - TICK, NOW))]
    with pytest.raises(NumberLeft):
        require_held(left, NOW)
    require_held(left, NOW + TICK)


def test_what_is_begun_at_the_very_instant_of_leaving_ends_and_at_that_of_beginning_goes_on() -> None:
    left = [PRESENT.ended(instant(NOW))]
    assert ends_before(left, NOW) == NOW + TICK
    assert ends_before([Tenure(since=instant(NOW))], NOW) == NOW
