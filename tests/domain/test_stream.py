"""A stream carries what was asked for of what there is, and shows that it works, but not too often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.errors import VerifiedTooOften
from jiebang.domain.letter import Event
from jiebang.domain.stream import SUPPORTED, Stream, StreamStatus
from tests.build import NOW, POLICY

STREAM = Stream(id="str_1", platform_id="par_shop", events_requested=())
EVERY = POLICY.verify_every
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("requested", "delivered"),
    [
        ((), ()),
        (("https://example.test/unheard-of",), ()),
        ((Event.ORDER_REVOKED, Event.BINDINGS_ASKED), (Event.BINDINGS_ASKED, Event.ORDER_REVOKED)),
        ((Event.VERIFICATION, Event.UNBIND_ORDERED), (Event.UNBIND_ORDERED,)),
        (tuple(Event), SUPPORTED),
    ],
)
def test_what_is_delivered_is_what_both_sides_know(
    requested: tuple[str, ...], delivered: tuple[Event, ...]
) -> None:
    assert replace(STREAM, events_requested=requested).events_delivered == delivered


def test_a_new_stream_is_enabled() -> None:
    assert STREAM.status is StreamStatus.ENABLED


@pytest.mark.parametrize(("state", "said"), [(None, {}), ("", {"state": ""}), ("x7", {"state": "x7"})])
def test_a_verification_letter_says_back_what_was_sent(state: str | None, said: dict[str, str]) -> None:
    letter = STREAM.verify(NOW, jti="set_1", state=state, policy=POLICY)
    assert (letter.event, letter.said, letter.number) == (Event.VERIFICATION, said, None)
    assert (letter.platform_id, letter.written_at, letter.leave_at) == ("par_shop", NOW, NOW)


@pytest.mark.parametrize("since", [timedelta(0), TICK, EVERY - TICK])
def test_asking_too_soon_is_refused_with_the_time(since: timedelta) -> None:
    stream = replace(STREAM, verified_at=NOW)
    with pytest.raises(VerifiedTooOften) as refused:
        stream.verify(NOW + since, jti="set_1", state=None, policy=POLICY)
    assert refused.value.until == NOW + EVERY


def test_asking_again_when_the_time_has_come_is_well() -> None:
    stream = replace(STREAM, verified_at=NOW)
    assert stream.verify(NOW + EVERY, jti="set_2", state=None, policy=POLICY).jti == "set_2"
