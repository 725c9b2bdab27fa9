"""The carrier without a feed keeps to CAMARA's definitions, as a process of its own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from jiebang.sandbox.program import NotAsTold, Program, free_port
from jiebang.sandbox.web import Reply, call
from jiebang.wire.keys import make
from jiebang.wire.oauth import ASSERTION_TYPE, sign_assertion
from tests import faraway

Case = schemathesis.Case[Any]
DEFINITIONS = Path(__file__).parents[1] / "camara"
LINE = "+8613900139001"
CHANGED = "2026-01-02T03:04:05+08:00"
KEY = make()
few = settings(
    max_examples=15,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
# Well-formed questions are declined as well, and with the token that is sent here nothing is ignored.
PASSED_OVER = [checks.positive_data_acceptance, checks.ignored_auth]
recycling = schemathesis.openapi.from_path(DEFINITIONS / "number-recycling.yaml")
tenure = schemathesis.openapi.from_path(DEFINITIONS / "kyc-tenure.yaml")
sim_swap = schemathesis.openapi.from_path(DEFINITIONS / "sim-swap.yaml")


@dataclass(frozen=True, slots=True)
class Afar:
    """A carrier, and a token to ask it with."""

    url: str
    token: str


@pytest.fixture(scope="module")
def afar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afar]:
    """Run the carrier, and show it who asks."""
    place, port = tmp_path_factory.mktemp("afar"), free_port()
    (place / "lines.json").write_text(json.dumps({LINE: {"since": "2020-05-01", "sim_changed": CHANGED}}))
    (place / "keys.json").write_text(json.dumps(KEY.public_set()))
    program = Program(faraway.command(port), output=place / "log", environment={})
    program.start()
    try:
        url = f"http://127.0.0.1:{port}"
        granted = program.until("the carrier gives a token", lambda: grant(f"{url}/token"))
        yield Afar(url, granted.json()["access_token"])
    finally:
        program.stop()


def grant(url: str) -> Reply | None:
    """Ask for a token; `None` while nobody listens."""
    assertion = sign_assertion("hub", url, key=KEY, now=datetime.now(UTC))
    form = urlencode({"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        return call("POST", url, body=form.encode(), headers=headers)
    except NotAsTold:
        return None


def hold(case: Case, afar: Afar, *, base: str, day: str) -> None:
    """Send a case, and a good one again about a line that is the carrier's."""
    url, headers = afar.url + base, {"Authorization": f"Bearer {afar.token}"}
    case.call_and_validate(base_url=url, headers=headers, excluded_checks=PASSED_OVER)
    if case.meta and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body["phoneNumber"] = LINE
        reply = case.call_and_validate(base_url=url, headers=headers, excluded_checks=PASSED_OVER)
        has_been = str(case.body[day]) <= datetime.now(UTC).date().isoformat()
        assert reply.status_code == (200 if has_been else 400)


@recycling.parametrize()
@few
def test_it_answers_as_number_recycling_is_defined(case: Case, afar: Afar) -> None:
    hold(case, afar, base="/number-recycling/v0.2", day="specifiedDate")


@tenure.parametrize()
@few
def test_it_answers_as_kyc_tenure_is_defined(case: Case, afar: Afar) -> None:
    hold(case, afar, base="/kyc-tenure/v0.2", day="tenureDate")


@sim_swap.parametrize()
@few
def test_it_answers_as_sim_swap_is_defined(case: Case, afar: Afar) -> None:
    url, headers = f"{afar.url}/sim-swap/v2", {"Authorization": f"Bearer {afar.token}"}
    case.call_and_validate(base_url=url, headers=headers, excluded_checks=PASSED_OVER)
    if case.meta and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body["phoneNumber"] = LINE
        reply = case.call_and_validate(base_url=url, headers=headers, excluded_checks=PASSED_OVER)
        assert reply.status_code == 200
        assert reply.json().get("latestSimChange", CHANGED) == CHANGED


def test_a_sim_was_swapped_or_not_by_how_far_one_looks_back(afar: Afar) -> None:
    hours = int((datetime.now(UTC) - datetime.fromisoformat(CHANGED)) / timedelta(hours=1))
    headers = {"Authorization": f"Bearer {afar.token}"}
    for age, swapped in ((1, hours <= 1), (2400, hours < 2400)):
        body = json.dumps({"phoneNumber": LINE, "maxAge": age}).encode()
        reply = call("POST", f"{afar.url}/sim-swap/v2/check", body=body, headers=headers)
        assert reply.json() == {"swapped": swapped}
