"""A platform says what it did about a signal; its carrier alone hears who has cleared a number."""

from datetime import timedelta
from typing import Any

import pytest

from jiebang.domain.number import Number, parse
from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.wire import keys
from tests.api.hub import CARRIER, SHOP, SOCIAL, Hub
from tests.api.test_signals import disconnect, read
from tests.build import NUMBER
from tests.memory import changed, picture, unchanged

FREE = parse("+8613800138077")
LATE = timedelta(hours=48)


def signalled(hub: Hub, number: Number = FREE) -> str:
    """Disconnect a number; gives the signal's id, as the shop reads it."""
    stream_id = hub.stream()
    disconnect(hub, number)
    (token,) = hub.poll(stream_id)["sets"].values()
    (said,) = read(hub, token)["events"].values()
    return str(said["signal_id"])


def clear(hub: Hub, signal_id: str, *, by: str = SHOP, **counts: int) -> dict[str, Any]:
    """Say what a platform did."""
    done = {"clearances": [{"signal_id": signal_id, "cleared": 0, **counts}]}
    answer = hub.call("POST", "/platform/v1/clearances", done, by=by)
    assert answer.status_code == 200
    (verdict,) = answer.json()["results"]
    return dict(verdict)


def report(hub: Hub, *numbers: str, by: str = CARRIER) -> list[dict[str, Any]]:
    """Ask who has cleared numbers."""
    asked = hub.call("POST", "/carrier/v1/clearances", {"numbers": list(numbers) or [FREE.e164]}, by=by)
    assert asked.status_code == 200
    return list(asked.json()["results"])


def standings(one: dict[str, Any]) -> dict[str, str]:
    """Say how each platform stands."""
    return {entry["platform"]: entry["standing"] for entry in one["platforms"]}


def test_the_same_again_changes_nothing_and_a_later_word_counts(hub: Hub) -> None:
    signal_id = signalled(hub)
    assert clear(hub, signal_id, kept=1) == {"signal_id": signal_id, "status": "recorded"}
    with unchanged(hub.house.database):
        assert clear(hub, signal_id, kept=1)["status"] == "already"
    assert clear(hub, signal_id, cleared=1)["status"] == "recorded"
    assert clear(hub, signal_id)["status"] == "already", "a second look finds nothing, and takes nothing back"
    (one,) = report(hub)
    assert (one["cleared"], one["flagged"], one["kept"]) == (1, 0, 0)


def test_a_carrier_sees_who_is_clear_who_has_something_left_and_who_is_silent(hub: Hub) -> None:
    signal_id = signalled(hub)
    assert standings(report(hub)[0]) == {SHOP: "waiting", SOCIAL: "waiting"}
    clear(hub, signal_id, cleared=2, flagged=1)
    hub.clock.ahead += LATE
    hub.forget_tokens()
    (one,) = report(hub)
    assert standings(one) == {SHOP: "left", SOCIAL: "silent"}
    assert (one["cleared"], one["flagged"], one["kept"]) == (2, 1, 0)
    assert (one["number"], one["disconnected_on"]) == (FREE.e164, "2026-05-06")
    clear(hub, signal_id, cleared=3)
    assert standings(report(hub)[0])[SHOP] == "clear"


def test_who_found_nothing_and_who_let_go_cannot_be_told_apart(hub: Hub) -> None:
    signal_id = signalled(hub)
    clear(hub, signal_id, cleared=2)
    clear(hub, signal_id, by=SOCIAL)
    assert standings(report(hub)[0]) == {SHOP: "clear", SOCIAL: "clear"}


def test_only_the_carrier_that_reported_a_number_hears_of_it(hub: Hub) -> None:
    clear(hub, signalled(hub), cleared=1)
    hub.keys["par_other"] = keys.make()
    other = Party(id="par_other", role=Role.CARRIER, name="o", jwks=hub.keys["par_other"].public_set())
    add_party(hub.house.database, other, now=hub.clock())
    (one,) = report(hub, by="par_other")
    assert (one["number"], one["refusal"]["code"]) == (FREE.e164, "unknown_signal")
    assert "platforms" not in one


def test_each_number_is_judged_on_its_own(hub: Hub) -> None:
    signalled(hub)
    found = report(hub, "+8613800138099", FREE.e164, "12", FREE.e164)
    codes = [one.get("refusal", {}).get("code") for one in found]
    assert codes == ["unknown_signal", None, "not_a_number", None]


def test_a_number_that_was_assigned_again_is_reported_by_its_last_end(hub: Hub) -> None:
    (one,) = report(hub, NUMBER.e164)
    assert one["disconnected_on"] == "2025-11-03"


@pytest.mark.parametrize("signal_id", ["sig_99", "sig_x", "set_1", "1"])
def test_a_signal_that_never_was_is_unknown(hub: Hub, signal_id: str) -> None:
    hub.token(SHOP)
    with unchanged(hub.house.database):
        verdict = clear(hub, signal_id, cleared=1)
    assert (verdict["status"], verdict["refusal"]["code"]) == ("refused", "unknown_signal")


def test_each_platform_speaks_for_itself(hub: Hub) -> None:
    signal_id = signalled(hub)
    before = picture(hub.house.database)
    clear(hub, signal_id, by=SOCIAL, cleared=1)
    assert changed(before, picture(hub.house.database)) <= {"clearances", "assertions"}
    assert standings(report(hub)[0]) == {SHOP: "waiting", SOCIAL: "clear"}


@pytest.mark.parametrize(
    ("path", "by"), [("/platform/v1/clearances", CARRIER), ("/carrier/v1/clearances", SHOP)]
)
def test_nobody_speaks_or_asks_in_anothers_place(hub: Hub, path: str, by: str) -> None:
    refused = hub.call("POST", path, {"clearances": [], "numbers": []}, by=by)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
