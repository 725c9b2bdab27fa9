"""Streams, with the Shared Signals Framework's own words and status codes."""

from datetime import timedelta

import pytest

from jiebang.domain.letter import Event
from jiebang.wire.tokens import read_letter
from tests.api.hub import ISSUER, SHOP, SOCIAL, Hub
from tests.memory import picture, unchanged

POLL, PUSH = "urn:ietf:rfc:8936", "urn:ietf:rfc:8935"
ASKED = Event.BINDINGS_ASKED.value


def test_the_transmitter_says_what_it_offers_and_where(sqlite_hub: Hub) -> None:
    said = sqlite_hub.calls.get("/.well-known/ssf-configuration").json()
    assert said["issuer"] == ISSUER
    assert said["spec_version"] == "1_0"
    assert said["delivery_methods_supported"] == [POLL, PUSH]
    assert said["default_subjects"] == "ALL"
    assert said["authorization_schemes"] == [{"spec_urn": "urn:ietf:rfc:6749"}]
    places = {said[name] for name in said if name.endswith(("_endpoint", "_uri"))}
    paths = {"/jwks.json", "/ssf/stream", "/ssf/status", "/ssf/verify"}
    paths |= {"/ssf/subjects/add", "/ssf/subjects/remove"}
    assert places == {ISSUER + path for path in paths}


def test_a_stream_is_opened_with_all_that_there_is_unless_less_is_wished(hub: Hub) -> None:
    opened = hub.call("POST", "/ssf/stream", {"delivery": {"method": POLL}})
    assert opened.status_code == 201
    stream = opened.json()
    assert (stream["iss"], stream["aud"]) == (ISSUER, SHOP)
    url = f"{ISSUER}/ssf/poll/{stream['stream_id']}"
    assert stream["delivery"] == {"method": POLL, "endpoint_url": url}
    assert stream["events_delivered"] == stream["events_requested"] == stream["events_supported"]
    assert stream["min_verification_interval"] == 10
    less = hub.call("POST", "/ssf/stream", {"events_requested": [ASKED, "https://other"]}, by=SOCIAL).json()
    assert less["events_requested"] == [ASKED, "https://other"]
    assert less["events_delivered"] == [ASKED]


def test_a_platform_has_one_stream(hub: Hub) -> None:
    hub.stream()
    with unchanged(hub.house.database):
        second = hub.call("POST", "/ssf/stream", {})
    assert (second.status_code, second.json()["code"]) == (409, "stream_exists")


def test_a_stream_is_read_by_its_id_or_in_a_list_of_one_or_none(hub: Hub) -> None:
    assert hub.call("GET", "/ssf/stream").json() == []
    stream_id = hub.stream()
    (listed,) = hub.call("GET", "/ssf/stream").json()
    read = hub.call("GET", f"/ssf/stream?stream_id={stream_id}")
    assert (read.status_code, read.json()) == (200, listed)


def test_changing_a_stream_leaves_what_is_not_named(hub: Hub) -> None:
    stream_id = hub.call("POST", "/ssf/stream", {"description": "ours"}).json()["stream_id"]
    changed = hub.call("PATCH", "/ssf/stream", {"stream_id": stream_id, "events_requested": [ASKED]})
    assert (changed.status_code, changed.json()["description"]) == (200, "ours")
    assert changed.json()["events_delivered"] == [ASKED]


def test_replacing_a_stream_empties_what_is_not_named(hub: Hub) -> None:
    stream_id = hub.call("POST", "/ssf/stream", {"description": "ours"}).json()["stream_id"]
    replaced = hub.call("PUT", "/ssf/stream", {"stream_id": stream_id, "events_requested": [ASKED]})
    assert (replaced.status_code, replaced.json()["events_requested"]) == (200, [ASKED])
    assert "description" not in replaced.json()


def test_a_stream_can_be_sent_back_as_it_was_read(hub: Hub) -> None:
    hub.stream()
    (stream,) = hub.call("GET", "/ssf/stream").json()
    assert hub.call("PUT", "/ssf/stream", stream).json() == stream


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://other"}, {"aud": "par_other"}, {"aud": [SHOP, "par_other"]},
        {"delivery": {"method": POLL, "endpoint_url": "https://other"}},
    ],
)  # fmt: skip
def test_what_the_hub_sets_cannot_be_changed(sqlite_hub: Hub, method: str, other: dict[str, object]) -> None:
    stream_id = sqlite_hub.stream()
    with unchanged(sqlite_hub.house.database):
        refused = sqlite_hub.call(method, "/ssf/stream", {"stream_id": stream_id, **other})
    assert (refused.status_code, refused.json()["code"]) == (400, "fixed_by_the_hub")


def test_a_closed_stream_is_gone(hub: Hub) -> None:
    stream_id = hub.stream()
    closed = hub.call("DELETE", f"/ssf/stream?stream_id={stream_id}")
    assert (closed.status_code, closed.content) == (204, b"")
    assert hub.call("DELETE", f"/ssf/stream?stream_id={stream_id}").status_code == 404
    assert hub.call("GET", "/ssf/stream").json() == []
    assert hub.stream() != stream_id


def _every_way(stream_id: str) -> list[tuple[str, str, object]]:
    named = {"stream_id": stream_id}
    return [
        ("GET", f"/ssf/stream?stream_id={stream_id}", None),
        ("PATCH", "/ssf/stream", named),
        ("PUT", "/ssf/stream", named),
        ("DELETE", f"/ssf/stream?stream_id={stream_id}", None),
        ("GET", f"/ssf/status?stream_id={stream_id}", None),
        ("POST", "/ssf/status", {**named, "status": "paused"}),
        ("POST", "/ssf/verify", named),
        ("POST", f"/ssf/poll/{stream_id}", {"returnImmediately": True}),
    ]


@pytest.mark.parametrize("whose", ["nobody's", "another platform's"])
def test_a_stream_that_is_not_ones_own_is_unknown(hub: Hub, whose: str) -> None:
    stream_id = hub.stream(SOCIAL) if whose == "another platform's" else "str_none"
    hub.token(SHOP)
    with unchanged(hub.house.database):
        for method, path, said in _every_way(stream_id):
            refused = hub.call(method, path, said)
            assert (refused.status_code, refused.json()["code"]) == (404, "unknown_stream"), (method, path)


def test_whether_a_stream_rests_is_set_and_read(hub: Hub) -> None:
    stream_id = hub.stream()
    path = f"/ssf/status?stream_id={stream_id}"
    assert hub.call("GET", path).json() == {"stream_id": stream_id, "status": "enabled"}
    resting = {"stream_id": stream_id, "status": "paused", "reason": "stocktaking"}
    assert hub.call("POST", "/ssf/status", resting).json() == resting
    assert hub.call("GET", path).json() == resting


def test_a_verification_letter_carries_back_what_was_said(hub: Hub) -> None:
    stream_id = hub.stream()
    asked = hub.call("POST", "/ssf/verify", {"stream_id": stream_id, "state": "a1"})
    assert (asked.status_code, asked.content) == (204, b"")
    ((jti, token),) = hub.poll(stream_id)["sets"].items()
    letter = read_letter(token, hub.house.keys, issuer=ISSUER, audience=SHOP)
    assert (letter.jti, letter.event, letter.said) == (jti, Event.VERIFICATION, {"state": "a1"})
    assert letter.number is None


def test_a_stream_is_not_verified_too_often(hub: Hub) -> None:
    named = {"stream_id": hub.stream()}
    hub.call("POST", "/ssf/verify", named)
    with unchanged(hub.house.database):
        refused = hub.call("POST", "/ssf/verify", named)
    assert (refused.status_code, refused.json()["code"]) == (429, "verified_too_often")
    assert 1 <= int(refused.headers["retry-after"]) <= 11
    hub.clock.ahead += timedelta(seconds=int(refused.headers["retry-after"]))
    assert hub.call("POST", "/ssf/verify", named).status_code == 204


def test_a_stream_can_be_pushed_and_polled_again(hub: Hub) -> None:
    door = {
        "method": PUSH,
        "endpoint_url": "https://shop.example/letters",
        "authorization_header": "Bearer x",
    }
    stream = hub.call("POST", "/ssf/stream", {"delivery": door}).json()
    assert stream["delivery"] == {"method": PUSH, "endpoint_url": "https://shop.example/letters"}
    assert hub.call("PUT", "/ssf/stream", stream).json()["delivery"] == stream["delivery"]
    wish = {"stream_id": stream["stream_id"], "delivery": {"method": POLL}}
    assert hub.call("PATCH", "/ssf/stream", wish).json()["delivery"]["method"] == POLL


def test_what_is_sent_as_authorization_is_kept_locked(hub: Hub) -> None:
    wish = {"method": PUSH, "endpoint_url": "https://shop.example/letters"}
    said = {"delivery": {**wish, "authorization_header": "Bearer geheim"}}
    stream = hub.call("POST", "/ssf/stream", said).json()
    before = picture(hub.house.database)
    assert "geheim" not in str(before)
    assert "eyJ" in str(before["streams"])
    hub.call("PATCH", "/ssf/stream", {"stream_id": stream["stream_id"], "delivery": wish})
    assert picture(hub.house.database) == before
    elsewhere = {**wish, "endpoint_url": "https://other.example"}
    hub.call("PATCH", "/ssf/stream", {"stream_id": stream["stream_id"], "delivery": elsewhere})
    assert "eyJ" not in str(picture(hub.house.database)["streams"])


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "https://localhost/", "http://127.0.0.1:80/", "https://[::1]:8443/x"]
)
def test_letters_are_not_posted_inside(sqlite_hub: Hub, url: str) -> None:
    sqlite_hub.token(SHOP)
    wish = {"delivery": {"method": PUSH, "endpoint_url": url}}
    with unchanged(sqlite_hub.house.database):
        refused = sqlite_hub.call("POST", "/ssf/stream", wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "receiver_inside")
    stream_id = sqlite_hub.call("POST", "/ssf/stream", {}).json()["stream_id"]
    for method in ("PATCH", "PUT"):
        assert sqlite_hub.call(method, "/ssf/stream", {"stream_id": stream_id, **wish}).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example", "ftp://shop.example", "https://", "https://shop.example:99999/",
        "https://shop example/", "https://shop.example/\nletters", " https://shop.example/", None,
    ],
)  # fmt: skip
def test_letters_are_not_posted_in_the_clear_or_to_nowhere(sqlite_hub: Hub, url: str | None) -> None:
    sqlite_hub.token(SHOP)
    with unchanged(sqlite_hub.house.database):
        wish = {"delivery": {"method": PUSH, "endpoint_url": url}}
        assert sqlite_hub.call("POST", "/ssf/stream", wish).status_code == 400
