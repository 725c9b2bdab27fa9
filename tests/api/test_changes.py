"""Carriers report over HTTP: the CloudEvents SDK writes what they send, in every mode."""

import json
from collections.abc import Sequence

import pytest
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent
from httpx2 import Response

from jiebang.api.reports import BATCH, SINGLE
from jiebang.domain.tenure import present
from jiebang.store import numbers
from tests.api.hub import CARRIER, SHOP, Hub
from tests.build import NUMBER, OTHER_NUMBER

PATH = "/carrier/v1/changes"


def event(kind: str = "assigned", *, serial: int = 1, source: str = "/lines", **said: object) -> CloudEvent:
    """Make an event about a number of which nothing is known, as the SDK has it."""
    attributes = {
        "specversion": "1.0", "type": f"org.jiebang.change.{kind}", "source": source, "id": str(serial),
        "datacontenttype": "application/json",
    }  # fmt: skip
    return CloudEvent(attributes, {"number": OTHER_NUMBER.e164, "at": "2026-03-02", "holder": "h"} | said)


def post(hub: Hub, body: bytes | str, *, kind: str, by: str = CARRIER, **headers: str) -> Response:
    """Send a body."""
    token = {"Authorization": f"Bearer {hub.token(by)}", "Content-Type": kind}
    return hub.calls.post(PATH, content=body, headers=token | headers)


def structured(one: CloudEvent) -> dict[str, object]:
    """Write an event as JSON."""
    return dict(json.loads(http.to_structured_event(one).body))


def batch(hub: Hub, events: Sequence[CloudEvent]) -> Response:
    """Send a batch."""
    return post(hub, json.dumps([structured(one) for one in events]), kind=BATCH)


def holder(hub: Hub) -> str | None:
    """Who has the number now."""
    with hub.house.database.read() as connection:
        held = present(numbers.history(connection, OTHER_NUMBER))
    return held.holder if held else None


def test_one_event_is_taken_and_again_changes_nothing(hub: Hub) -> None:
    message = http.to_structured_event(event())
    for _ in range(2):
        assert post(hub, message.body, kind=SINGLE).status_code == 204
    assert holder(hub) == "h"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 204),
        ("application/json; charset=utf-8", 204),
        ("Application/JSON;charset=UTF-8", 204),
        (None, 204),
        ("application/xml", 422),
        ("application/json-seq", 422),
        (7, 422),
    ],
)
def test_of_what_an_event_says_its_data_is_only_the_media_type_counts(
    sqlite_hub: Hub, kind: object, status: int
) -> None:
    said = structured(event()) | {"datacontenttype": kind}
    assert post(sqlite_hub, json.dumps(said), kind=SINGLE).status_code == status


def test_an_event_in_headers_is_taken(hub: Hub) -> None:
    message = http.to_binary_event(event(source="/lines with %"))
    headers = {name: value for name, value in message.headers.items() if name != "content-type"}
    assert post(hub, message.body, kind="application/json", **headers).status_code == 204
    assert holder(hub) == "h"


def test_a_batch_is_taken_in_its_order(hub: Hub) -> None:
    told = [
        event(at="2026-01-01", holder="a"),
        event("corrected", serial=2, at="2026-01-01", holder="a", takes_back="assigned"),
        event(serial=3, at="2026-01-01/2026-01-03", holder="b"),
        event("ported", serial=4, at="2026-02-01T10:00:00+08:00", holder=None),
    ]
    assert batch(hub, told).status_code == 204
    assert holder(hub) == "b"


def test_what_has_the_same_source_and_id_is_the_same_whatever_it_says(hub: Hub) -> None:
    assert batch(hub, [event(), event("disconnected", at="2026-04-01")]).status_code == 204
    assert holder(hub) == "h"
    assert batch(hub, [event("disconnected", at="2026-04-01", source="/other")]).status_code == 204
    assert holder(hub) is None


def test_of_a_batch_each_bad_item_is_named_and_the_good_ones_are_kept(hub: Hub) -> None:
    wrong = structured(event(serial=9)) | {"type": "org.jiebang.change.sold"}
    told = [
        structured(event("ported", serial=1)),
        structured(event(serial=2)),
        structured(event(serial=3, number="13800138055")),
        structured(event(serial=4, at="2999-01-01")),
        structured(event(serial=5, at="yesterday")),
        structured(event(serial=6, keeper="h")),
        wrong,
        "words",
        structured(event("suspended", serial=7)),
    ]
    answer = post(hub, json.dumps(told), kind=BATCH)
    said = answer.json()
    assert (answer.status_code, said["code"], said["taken"], said["known"]) == (422, "changes_refused", 2, 0)
    assert [(one["index"], one.get("id"), one["code"]) for one in said["refused"]] == [
        (0, "1", "not_held"), (2, "3", "not_a_number"), (3, "4", "in_the_future"), (4, "5", "not_understood"),
        (5, "6", "not_understood"), (6, "9", "not_understood"), (7, None, "not_understood"),
    ]  # fmt: skip
    assert "1380013" not in answer.text
    assert holder(hub) == "h"


@pytest.mark.parametrize("member", ["id", "source", "type", "time", "data"])
def test_a_bad_item_is_named_by_its_place_where_half_a_character_stands(hub: Hub, member: str) -> None:
    bad = structured(event(serial=2)) | {member: "\ud800"}
    answer = post(hub, json.dumps([structured(event()), bad]), kind=BATCH)
    [refused] = answer.json()["refused"]
    assert (answer.status_code, answer.json()["taken"], refused["index"]) == (422, 1, 1)
    assert refused.get("id") == (None if member == "id" else "2")
    assert holder(hub) == "h"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", SINGLE, 400),
        ("[" * 100_000, BATCH, 400),
        (b"\xff", BATCH, 400),
        ("{}", BATCH, 422),
        ("[]", SINGLE, 422),
        (json.dumps([{}] * 1001), BATCH, 422),
        ("{}", "application/json", 415),
        ("{}", "text/plain", 415),
    ],
)
def test_what_is_no_cloud_event_is_refused_whole(
    sqlite_hub: Hub, body: bytes | str, kind: str, status: int
) -> None:
    assert post(sqlite_hub, body, kind=kind).status_code == status


def test_an_empty_batch_says_nothing(sqlite_hub: Hub) -> None:
    assert batch(sqlite_hub, []).status_code == 204


def test_only_a_carrier_reports_and_nobody_takes_back_what_another_said(sqlite_hub: Hub) -> None:
    told = json.dumps([structured(event())])
    assert post(sqlite_hub, told, kind=BATCH, by=SHOP).status_code == 403
    back = event("corrected", number=NUMBER.e164, at="2026-03-02", takes_back="assigned", holder=None)
    assert batch(sqlite_hub, [back]).json()["refused"][0]["code"] == "nothing_to_take_back"
