"""Where a platform stands with its answer is derived from facts and the time, to the instant."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.query import Asked, Query, Standing
from tests.build import NOW, NUMBER, POLICY

ASKED = Asked(query_id="qry_1", platform_id="par_shop")
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after", "standing"),
    [
        (timedelta(0), Standing.WAITING),
        (POLICY.answer_slow - TICK, Standing.WAITING),
        (POLICY.answer_slow, Standing.SLOW),
        (POLICY.answer_silent - TICK, Standing.SLOW),
        (POLICY.answer_silent, Standing.SILENT),
        (timedelta(days=900), Standing.SILENT),
    ],
)
def test_silence_becomes_visible_step_by_step(after: timedelta, standing: Standing) -> None:
    assert ASKED.standing_at(NOW + after, asked_at=NOW, policy=POLICY) is standing


@pytest.mark.parametrize("after", [timedelta(0), POLICY.answer_slow, POLICY.answer_silent])
def test_who_has_answered_has_answered_however_late(after: timedelta) -> None:
    answered = replace(ASKED, answered_at=NOW + after)
    assert answered.standing_at(NOW + after, asked_at=NOW, policy=POLICY) is Standing.ANSWERED


def test_an_answer_is_due_when_its_platform_becomes_slow() -> None:
    query = Query(id="qry_1", number=NUMBER, asked_at=NOW)
    due = query.answer_by(POLICY)
    assert ASKED.standing_at(due, asked_at=NOW, policy=POLICY) is Standing.SLOW
    assert ASKED.standing_at(due - TICK, asked_at=NOW, policy=POLICY) is Standing.WAITING
