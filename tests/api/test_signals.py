"""Signals at the machines' door: verified with a JOSE library that the hub does not use."""

from datetime import datetime
from typing import Any

import jwt
import pytest

from jiebang.domain.letter import Event
from jiebang.domain.number import Number
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.store.database import Database
from tests.api.hub import CARRIER, HELD, ISSUER, SHOP, SOCIAL, Hub
from tests.api.test_poll import waiting
from tests.build import NUMBER, OTHER_NUMBER, on
from tests.memory import unchanged


def disconnect(hub: Hub, *numbers: Number, database: Database | None = None) -> None:
    """Have the carrier report that numbers were assigned once and are not any more."""
    changes = [
        Change(number=number, kind=kind, at=at)
        for number in numbers
        for kind, at in ((ChangeKind.ASSIGNED, on(2019, 1, 7)), (ChangeKind.DISCONNECTED, on(2026, 5, 6)))
    ]
    load_changes(
        database or hub.house.database, CARRIER, changes=changes, now=hub.clock(), policy=hub.house.policy
    )


def read(hub: Hub, token: str, *, by: str = SHOP) -> dict[str, Any]:
    """Verify a letter as somebody else's program does: with PyJWT, and the keys that the hub publishes."""
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [key for key in hub.calls.get("/jwks.json").json()["keys"] if key["kid"] == kid]
    claims: dict[str, Any] = jwt.decode(
        token, jwt.PyJWK(key), algorithms=["ES256"], audience=by, issuer=ISSUER
    )
    return claims


def subjects(hub: Hub, stream_id: str) -> list[str]:
    """List the numbers of the signals that wait."""
    sets = hub.poll(stream_id)["sets"].values()
    return [read(hub, token)["sub_id"]["phone_number"] for token in sets]


def about(number: Number, stream_id: str) -> dict[str, Any]:
    """Name a number to a stream (RFC 9493)."""
    return {"stream_id": stream_id, "subject": {"format": "phone_number", "phone_number": number.e164}}


def test_a_signal_verifies_with_another_library(hub: Hub) -> None:
    stream_id = hub.stream()
    disconnect(hub, OTHER_NUMBER)
    ((jti, token),) = hub.poll(stream_id)["sets"].items()
    assert jwt.get_unverified_header(token)["typ"] == "secevent+jwt"
    claims = read(hub, token)
    assert set(claims) == {"iss", "aud", "jti", "iat", "sub_id", "events"}
    assert (claims["jti"], claims["aud"]) == (jti, SHOP)
    assert claims["sub_id"] == {"format": "phone_number", "phone_number": OTHER_NUMBER.e164}
    said = claims["events"][Event.NUMBER_DISCONNECTED.value]
    assert (said["disconnected_on"], said["signal_id"][:4]) == ("2026-05-06", "sig_")
    assert datetime.fromisoformat(said["happened"]["not_before"]).tzinfo


def test_two_streams_hear_one_signal_in_two_letters(hub: Hub) -> None:
    mine, other = hub.stream(), hub.stream(SOCIAL)
    disconnect(hub, OTHER_NUMBER)
    ((own, one),) = hub.poll(mine)["sets"].items()
    ((others, two),) = hub.poll(other, SOCIAL)["sets"].items()
    assert own != others
    named = [read(hub, token, by=by)["events"] for token, by in ((one, SHOP), (two, SOCIAL))]
    assert named[0] == named[1]
    hub.poll(mine, ack=[others], setErrs={others: {"err": "invalid_request"}})
    assert list(hub.poll(mine)["sets"]) == [own]


def test_a_platform_adds_and_takes_off_subjects(hub: Hub) -> None:
    stream_id = hub.call("POST", "/ssf/stream", {"default_subjects": "NONE"}).json()["stream_id"]
    added = hub.call("POST", "/ssf/subjects/add", about(OTHER_NUMBER, stream_id))
    assert (added.status_code, added.content) == (200, b"")
    disconnect(hub, OTHER_NUMBER)
    assert subjects(hub, stream_id) == [OTHER_NUMBER.e164]
    removed = hub.call("POST", "/ssf/subjects/remove", about(OTHER_NUMBER, stream_id))
    assert (removed.status_code, removed.content) == (204, b"")
    assert subjects(hub, stream_id) == []


def test_a_stream_says_whose_signals_it_carries(hub: Hub) -> None:
    stream_id = hub.stream()
    assert hub.call("GET", "/ssf/stream").json()[0]["default_subjects"] == "ALL"
    wish = {"stream_id": stream_id, "default_subjects": "NONE"}
    assert hub.call("PATCH", "/ssf/stream", wish).json()["default_subjects"] == "NONE"
    disconnect(hub, OTHER_NUMBER)
    assert hub.poll(stream_id) == {"sets": {}}


@pytest.mark.parametrize("way", ["add", "remove"])
@pytest.mark.parametrize(
    ("subject", "status"),
    [
        ({"format": "phone_number", "phone_number": "+860"}, 400),
        ({"format": "email", "email": "li@example.test"}, 400),
        ({"format": "phone_number"}, 400),
    ],
)
def test_a_subject_is_a_number(sqlite_hub: Hub, way: str, subject: dict[str, str], status: int) -> None:
    stream_id = sqlite_hub.stream()
    with unchanged(sqlite_hub.house.database):
        wish = {"stream_id": stream_id, "subject": subject}
        assert sqlite_hub.call("POST", f"/ssf/subjects/{way}", wish).status_code == status


@pytest.mark.parametrize("way", ["add", "remove"])
def test_nobody_limits_anothers_stream(hub: Hub, way: str) -> None:
    others = hub.stream(SOCIAL)
    hub.token(SHOP)
    with unchanged(hub.house.database):
        refused = hub.call("POST", f"/ssf/subjects/{way}", about(NUMBER, others))
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_stream")


@pytest.mark.parametrize("where", ["in this process", "in another"])
def test_whoever_waits_is_woken_by_a_signal(hub: Hub, where: str) -> None:
    stream_id = hub.stream()
    database = Database(hub.house.database.engine.url.render_as_string(hide_password=False))
    with waiting(hub, stream_id) as held:
        disconnect(hub, OTHER_NUMBER, database=database if where == "in another" else None)
        sets = held.result(HELD.total_seconds() / 2)["sets"]
    database.close()
    assert isinstance(sets, dict)
    assert len(sets) == 1
