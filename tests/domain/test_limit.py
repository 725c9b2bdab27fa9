"""Limits count in stretches of time, for whoever it is, and under a key."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.limit import Limited, TooMuch, Use, most
from tests.build import NOW, POLICY
from tests.chance import instants

USE = Use(Limited.QUERIES_ON_NUMBER, "+8613800138055")


def test_as_much_as_the_policy_allows_passes_and_no_more() -> None:
    policy = replace(POLICY, queries_per_day=2)
    USE.check(2, now=NOW, policy=policy)
    with pytest.raises(TooMuch) as refused:
        USE.check(3, now=NOW, policy=policy)
    assert refused.value.until == NOW.replace(hour=0, minute=0) + timedelta(days=1)


@given(st.sampled_from(Limited), instants)
def test_a_stretch_ends_after_now_and_the_next_begins_there(what: Limited, at: datetime) -> None:
    use = Use(what, "")
    until = use.until(at)
    assert at < until <= at + timedelta(days=1)
    assert use.until(until - timedelta(microseconds=1)) == until < use.until(until)


@pytest.mark.parametrize("what", Limited)
def test_everything_that_is_limited_has_its_limit(what: Limited) -> None:
    assert most(what, POLICY) > 1


def test_a_key_names_nobody_and_is_another_for_each_limit_and_each_hub() -> None:
    keys = {Use(what, who).key(secret) for what in Limited for who in "ab" for secret in (b"1", b"2")}
    assert len(keys) == 4 * len(Limited)
    assert "138" not in f"{USE!r} {USE.key(b'1')}"
