"""What cannot be understood gets a clear sentence, tells nothing that was sent, and changes nothing."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.asking import RECORD, answer, outcome
from tests.api.front import Front
from tests.api.hub import CARRIER, FRONT, SHOP, Hub, opened
from tests.memory import unchanged

NUMBER = "+8613800138055"
BOUND = RECORD["bound"]
DOORS = ["/platform/v1/answers", "/platform/v1/outcomes", "/ssf/stream", "/ssf/verify", "/ssf/status"]
LARGE = 10 * 1024 * 1024


def in_parts(size: int) -> Iterator[bytes]:
    """Give a body bit by bit, without saying how long it will be."""
    for _ in range(size // 65536):
        yield b" " * 65536


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    """Open a hub to which the shop has shown itself."""
    sqlite_hub.token(SHOP)
    return sqlite_hub


@pytest.mark.parametrize("path", [*DOORS, "/ssf/poll/str_1"])
@pytest.mark.parametrize("body", [b"{", b"", b'{"answers": [}', b"\xff\xfe", b"[1, 2"])
def test_what_is_not_json_is_refused(hub: Hub, path: str, body: bytes) -> None:
    with unchanged(hub.house.database):
        refused = hub.call("POST", path, body=body)
    said = refused.json()
    assert (refused.status_code, said["code"], said["title"]) == (400, "not_json", "The body is not JSON.")
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [*DOORS, "/ssf/poll/str_1"])
@pytest.mark.parametrize("way", ["in one piece", "in parts"])
def test_a_body_of_ten_megabytes_is_refused(hub: Hub, path: str, way: str) -> None:
    with unchanged(hub.house.database):
        refused = hub.call("POST", path, body=b" " * LARGE if way == "in one piece" else in_parts(LARGE))
    said = refused.json()
    assert (refused.status_code, said["code"]) == (413, "too_large")
    assert said["title"] == "The request is larger than this hub takes; nothing was changed."


@pytest.mark.parametrize("way", ["in one piece", "in parts"])
def test_a_form_of_ten_megabytes_is_refused(hub: Hub, way: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b" " * LARGE if way == "in one piece" else in_parts(LARGE)
    refused = hub.calls.post("/oauth/token", content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_a_body_of_almost_a_megabyte_is_not_too_large(hub: Hub) -> None:
    body = b'{"answers": []' + b" " * (1_000_000) + b"}"
    assert hub.call("POST", "/platform/v1/answers", body=body).status_code == 200


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"handle": ""}, "handle"),
        ({"handle": NUMBER * 20}, "handle"),
        ({"kind": NUMBER}, "kind"),
        ({"class": NUMBER}, "class"),
        ({"label": [NUMBER]}, "label"),
        ({"label": NUMBER * 20}, "label"),
        ({"can": [NUMBER]}, "can"),
        ({"other_logins": -13800138055}, "other_logins"),
        ({"last_used": "2024-02-03T04:05:06"}, "last_used"),
        ({"bound": BOUND | {"at": "2021-05-06T00:00:00"}}, "at"),
        ({"bound": BOUND | {"at": NUMBER}}, "at"),
        ({"bound": BOUND | {"precision": NUMBER}}, "precision"),
        ({"bound": {"at": None}}, "source"),
        ({"conditions": ["x"] * 21}, "conditions"),
    ],
)
def test_a_record_of_the_wrong_shape_is_refused_by_field_and_never_by_value(
    hub: Hub, record: dict[str, Any], field: str
) -> None:
    with unchanged(hub.house.database):
        refused = hub.call("POST", "/platform/v1/answers", {"answers": [answer("qry_1", RECORD | record)]})
    said = refused.json()
    assert (refused.status_code, said["code"]) == (422, "not_understood")
    assert said["detail"].startswith("answers.0.bindings.0.")
    assert field in said["detail"].partition(":")[0]
    assert "138001380" not in refused.text


@pytest.mark.parametrize(
    ("path", "said", "field"),
    [
        ("/platform/v1/outcomes", {"outcomes": [outcome("ord_1", NUMBER)]}, "outcomes.0.outcome"),
        ("/platform/v1/outcomes", {"outcomes": [outcome("ord_1", at="2026-01-01T00:00")]}, "outcomes.0.at"),
        ("/platform/v1/outcomes", {"outcomes": [outcome(NUMBER * 9)]}, "outcomes.0.order_id"),
        ("/platform/v1/outcomes", {"outcomes": [outcome("ord_1", reason=NUMBER)]}, "outcomes.0.reason"),
        ("/platform/v1/outcomes", {"outcomes": NUMBER}, "outcomes"),
        ("/platform/v1/answers", {NUMBER: []}, "answers"),
        ("/platform/v1/answers", [NUMBER], ""),
        ("/ssf/stream", {"delivery": {"method": "urn:ietf:rfc:9999"}}, "delivery.method"),
        ("/ssf/status", {"stream_id": "str_1", "status": NUMBER}, "status"),
        ("/ssf/verify", {"stream_id": "str_1", "state": NUMBER * 100}, "state"),
        ("/ssf/poll/str_1", {"maxEvents": -1}, "maxEvents"),
        ("/ssf/poll/str_1", {"maxEvents": [NUMBER]}, "maxEvents"),
        ("/ssf/poll/str_1", {"ack": NUMBER}, "ack"),
        ("/ssf/poll/str_1", {"setErrs": {NUMBER: NUMBER}}, "setErrs"),
        ("/ssf/poll/str_1", {"setErrs": {NUMBER: {"err": [NUMBER]}}}, "setErrs"),
        ("/ssf/poll/str_1", {"setErrs": {NUMBER * 99: {"err": "other"}}}, "setErrs"),
    ],
)  # fmt: skip
def test_what_has_the_wrong_shape_is_refused_by_field_and_never_by_value(
    hub: Hub, path: str, said: object, field: str
) -> None:
    with unchanged(hub.house.database):
        refused = hub.call("POST", path, said)
    # SSF 1.0 and RFC 8936 have one status for whatever is invalid.
    status = 400 if path.startswith("/ssf/") else 422
    assert (refused.status_code, refused.json()["code"]) == (status, "not_understood")
    assert refused.json()["detail"].startswith(field)
    assert "138001380" not in refused.text


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59Z", "9999-12-31T23:00:00-14:00", "0001-01-01T00:00:00+14:00"]
)
def test_an_instant_at_the_end_of_time_is_refused(hub: Hub, at: str) -> None:
    for precision in ("instant", "day", "month"):
        record = RECORD | {"bound": BOUND | {"at": at, "precision": precision}}
        refused = hub.call("POST", "/platform/v1/answers", {"answers": [answer("qry_1", record)]})
        assert refused.status_code == 422
        assert refused.json()["detail"].endswith("the year must be one from 1900 to 2199")


@pytest.mark.parametrize(
    ("path", "name", "item"),
    [
        ("/platform/v1/answers", "answers", answer("qry_1")),
        ("/platform/v1/outcomes", "outcomes", outcome("ord_1")),
    ],
)
def test_a_batch_has_a_thousand_items_at_the_most(hub: Hub, path: str, name: str, item: object) -> None:
    assert len(hub.call("POST", path, {name: [item] * 1000}).json()["results"]) == 1000
    refused = hub.call("POST", path, {name: [item] * 1001})
    assert (refused.status_code, refused.json()["detail"].partition(":")[0]) == (422, name)


def test_an_address_with_a_character_that_cannot_be_kept_breaks_no_door(
    database_url: str,
) -> None:
    with opened(database_url) as hub:
        proof = Front(hub).prove().proof
        for path, ways in hub.calls.get("/openapi.json").json()["paths"].items():
            for method, way in ways.items():
                named = [one["name"] for one in way.get("parameters", ()) if one["in"] == "query"]
                asked = urlencode(dict.fromkeys(named, "a\x00"))
                odd = re.sub(r"{\w+}", "a%00", path) + (f"?{asked}" if asked else "")
                if "%00" in odd:
                    said: object = {} if "requestBody" in way else None
                    by = FRONT if path.startswith("/holder/") else SHOP
                    refused = hub.call(method.upper(), odd, said, by=by, proof=proof)
                    assert refused.is_client_error, (method, odd)


@pytest.mark.parametrize("field", ["grant_type", "client_assertion_type", "client_assertion", "scope"])
def test_a_form_with_a_character_that_cannot_be_kept_gets_no_token(database_url: str, field: str) -> None:
    with opened(database_url) as hub:
        assert hub.grant(SHOP, **{field: "a\x00.b.c"}).status_code in {400, 401}


def test_a_character_that_postgresql_cannot_keep_is_refused(postgresql_url: str) -> None:
    with opened(postgresql_url) as hub:
        hub.token(SHOP)
        with unchanged(hub.house.database):
            refused = hub.call("POST", "/ssf/stream", {"description": "ours\x00"})
    assert (refused.status_code, refused.json()["code"]) == (400, "not_storable")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ssf/nothing", 404), ("POST", "/platform/v2/answers", 404), ("GET", "/oauth/authorize", 404),
        ("GET", "/.well-known/openid-configuration", 404), ("GET", "/oauth/token", 405),
        ("DELETE", "/platform/v1/answers", 405),
    ],
)  # fmt: skip
def test_where_nothing_is_a_machine_is_told_so_as_a_machine(
    hub: Hub, method: str, path: str, status: int
) -> None:
    refused = hub.call(method, path, by=CARRIER)
    assert refused.status_code == refused.json()["status"] == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.headers.get("allow") == "POST") == (status == 405)


def test_people_who_lose_their_way_still_see_a_page(hub: Hub) -> None:
    assert hub.calls.get("/nothing").headers["content-type"].startswith("text/html")
    assert hub.calls.get("/platforms", follow_redirects=False).status_code == 303
