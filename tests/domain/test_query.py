"""Where a platform stands with its answer is derived from facts and the time, to the instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from jiebang.domain.calendar import Calendar
from jiebang.domain.query import Asked, Query, Standing
from tests.build import BEIJING, NOW, NUMBER, POLICY

QUERY = Query(id="qry_1", number=NUMBER, asked_at=NOW)
SLOW = timedelta(hours=2)
ASKED = Asked(query_id="qry_1", platform_id="par_shop", slow_at=NOW + SLOW)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after", "standing"),
    [
        (timedelta(0), Standing.WAITING),
        (SLOW - TICK, Standing.WAITING),
        (SLOW, Standing.SLOW),
        (POLICY.answer_silent - TICK, Standing.SLOW),
        (POLICY.answer_silent, Standing.SILENT),
        (timedelta(days=900), Standing.SILENT),
    ],
)
def test_silence_becomes_visible_step_by_step(after: timedelta, standing: Standing) -> None:
    assert ASKED.standing_at(NOW + after, asked_at=NOW, policy=POLICY) is standing


@pytest.mark.parametrize("after", [timedelta(0), SLOW, POLICY.answer_silent])
def test_who_has_answered_has_answered_however_late(after: timedelta) -> None:
    answered = replace(ASKED, answered_at=NOW + after)
    assert answered.standing_at(NOW + after, asked_at=NOW, policy=POLICY) is Standing.ANSWERED


@pytest.mark.parametrize(
    ("zone", "slow_at"),
    [
        (UTC, "2026-11-24T11:00:00+00:00"),  # it came before nine
        (BEIJING, "2026-11-24T08:30:00+00:00"),  # half past two in the afternoon
        (ZoneInfo("America/New_York"), "2026-11-24T16:00:00+00:00"),  # at night
        (ZoneInfo("Pacific/Auckland"), "2026-11-24T22:00:00+00:00"),  # in the evening, the day after
    ],
)
def test_a_platform_has_two_hours_of_its_own_working_time(zone: tzinfo, slow_at: str) -> None:
    asked = QUERY.put_to("par_shop", calendar=Calendar(zone=zone), policy=POLICY)
    assert asked == Asked(query_id="qry_1", platform_id="par_shop", slow_at=datetime.fromisoformat(slow_at))


def test_over_a_holiday_nobody_is_silent_before_they_are_slow() -> None:
    eve = datetime(2026, 2, 14, 17, 30, tzinfo=BEIJING)
    query = replace(QUERY, asked_at=eve)
    asked = query.put_to("par_shop", calendar=Calendar(country="CN", zone=BEIJING), policy=POLICY)
    stands = partial(asked.standing_at, asked_at=eve, policy=POLICY)
    assert stands(eve + POLICY.answer_silent) is stands(asked.slow_at - TICK) is Standing.WAITING
    assert stands(asked.slow_at) is Standing.SILENT
