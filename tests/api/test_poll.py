"""Polling (RFC 8936): letters are handed over until they are confirmed, and whoever waits is woken."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from jiebang.domain.letter import Event
from jiebang.store.database import Database
from jiebang.wire.tokens import read_letter
from tests.api.asking import ask, order
from tests.api.hub import HELD, ISSUER, SHOP, SOCIAL, Hub
from tests.build import NUMBER


@contextmanager
def waiting(hub: Hub, stream_id: str) -> Iterator["Future[dict[str, object]]"]:
    """Poll on a thread of its own, and let it begin to wait."""
    hub.token(SHOP)
    with ThreadPoolExecutor(1) as thread:
        held = thread.submit(hub.poll, stream_id, returnImmediately=False)
        time.sleep(0.3)
        assert not held.done(), "an empty mailbox is waited at"
        yield held


def test_a_letter_is_signed_for_its_platform_and_says_what_is_asked(hub: Hub) -> None:
    stream_id, query_id = hub.stream(), ask(hub)
    ((jti, token),) = hub.poll(stream_id)["sets"].items()
    letter = read_letter(token, hub.house.keys, issuer=ISSUER, audience=SHOP)
    assert (letter.jti, letter.event, letter.number) == (jti, Event.BINDINGS_ASKED, NUMBER)
    assert letter.said["query_id"] == query_id


def test_a_letter_comes_again_until_it_is_confirmed(hub: Hub) -> None:
    stream_id = hub.stream()
    ask(hub)
    first = hub.poll(stream_id)["sets"]
    assert hub.poll(stream_id)["sets"].keys() == first.keys()
    assert hub.poll(stream_id, ack=list(first)) == {"sets": {}}
    assert hub.poll(stream_id, ack=list(first)) == {"sets": {}}, "confirming again changes nothing"


def test_a_poll_takes_no_more_than_it_wants_and_is_told_of_the_rest(hub: Hub) -> None:
    stream_id = hub.stream()
    for _ in range(3):
        ask(hub)
    some = hub.poll(stream_id, maxEvents=2)
    assert (len(some["sets"]), some["moreAvailable"]) == (2, True)
    rest = hub.poll(stream_id, maxEvents=2, ack=list(some["sets"]))
    assert len(rest["sets"]) == 1
    assert "moreAvailable" not in rest


def test_a_poll_that_wants_nothing_confirms_and_does_not_wait(hub: Hub) -> None:
    stream_id = hub.stream()
    ask(hub)
    letters = list(hub.poll(stream_id)["sets"])
    assert hub.poll(stream_id, maxEvents=0, returnImmediately=False, ack=letters) == {"sets": {}}
    assert hub.poll(stream_id) == {"sets": {}}


def test_a_letter_that_cannot_be_read_is_kept_and_not_offered_again(hub: Hub) -> None:
    stream_id = hub.stream()
    ask(hub)
    (jti,) = hub.poll(stream_id)["sets"]
    complaint = {jti: {"err": "invalid_key", "description": "not signed as we know it"}}
    assert hub.poll(stream_id, setErrs=complaint) == {"sets": {}}
    with hub.house.database.read() as connection:
        kept = connection.exec_driver_sql("select jti from letters where unreadable").scalars().all()
    assert kept == [jti]


def test_the_letters_of_a_resting_stream_wait(hub: Hub) -> None:
    stream_id = hub.stream()
    for status in ("paused", "disabled"):
        hub.call("POST", "/ssf/status", {"stream_id": stream_id, "status": status})
        ask(hub)
        assert hub.poll(stream_id) == {"sets": {}}
    hub.call("POST", "/ssf/status", {"stream_id": stream_id, "status": "enabled"})
    assert len(hub.poll(stream_id)["sets"]) == 2


def test_letters_outlive_their_stream(hub: Hub) -> None:
    stream_id = hub.stream()
    ask(hub)
    hub.call("DELETE", f"/ssf/stream?stream_id={stream_id}")
    assert len(hub.poll(hub.stream())["sets"]) == 1


def test_nobody_can_confirm_or_refuse_another_platforms_letters(hub: Hub) -> None:
    mine, theirs = hub.stream(), hub.stream(SOCIAL)
    ask(hub, SHOP, SOCIAL)
    letters = hub.poll(mine)["sets"]
    (other,) = hub.poll(theirs, SOCIAL)["sets"]
    assert other not in letters
    hub.poll(mine, ack=[other], setErrs={other: {"err": "invalid_request"}})
    assert list(hub.poll(theirs, SOCIAL)["sets"]) == [other]


def test_what_is_urgent_comes_first(hub: Hub) -> None:
    stream_id = hub.stream()
    order(hub)
    hub.call("POST", "/ssf/verify", {"stream_id": stream_id})
    (token,) = hub.poll(stream_id, maxEvents=1)["sets"].values()
    letter = read_letter(token, hub.house.keys, issuer=ISSUER, audience=SHOP)
    assert letter.event == Event.VERIFICATION


@pytest.mark.parametrize("where", ["in this process", "in another"])
def test_whoever_waits_is_woken_by_a_letter_that_is_left(hub: Hub, where: str) -> None:
    stream_id = hub.stream()
    database = Database(hub.house.database.engine.url.render_as_string(hide_password=False))
    with waiting(hub, stream_id) as held:
        query_id = ask(hub, database=database if where == "in another" else None)
        sets = held.result(HELD.total_seconds() / 2)["sets"]
    database.close()
    assert isinstance(sets, dict)
    (token,) = sets.values()
    assert read_letter(token, hub.house.keys, issuer=ISSUER, audience=SHOP).said["query_id"] == query_id


def test_a_poll_that_waits_in_vain_ends_with_nothing(hub: Hub) -> None:
    stream_id = hub.stream()
    with waiting(hub, stream_id) as held:
        hub.clock.ahead += HELD
        hub.house.database.bell.ring([SHOP])
        assert held.result(HELD.total_seconds() / 2) == {"sets": {}}
