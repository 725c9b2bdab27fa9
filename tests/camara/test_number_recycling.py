"""CAMARA's own feature file, run against a hub that listens on a port."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pytest_bdd import given, parsers, scenarios, then, when

from jiebang.sandbox.web import Reply, call
from jiebang.wire.oauth import Grant, sign_access_token
from tests.build import NUMBER
from tests.camara.hub import FREE, ISSUER, Running, running

HERE = Path(__file__).parent
DEFINITION = yaml.safe_load((HERE / "number-recycling.yaml").read_text())
SCHEMAS = DEFINITION["components"]["schemas"]
SCOPE = "number-recycling:check"
DATES = ["2024-13-01", "2024-10-31T00:00:00Z", "31.10.2024", "", 20241031, None]

scenarios("number-recycling.feature")


@dataclass
class Asking:
    """A request as a scenario puts it together, and what came back."""

    hub: Running
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = field(default_factory=dict)
    more: list[Any] = field(default_factory=list)
    """Other bodies that must be answered in the same way."""
    reply: Reply | None = None

    def token(self, grant: Grant, *, ago: timedelta = timedelta(0)) -> None:
        """Show a token."""
        at, life = datetime.now(UTC) - ago, timedelta(minutes=10)
        token = sign_access_token(grant, ISSUER, key=self.hub.house.key, now=at, life=life)
        self.headers["Authorization"] = f"Bearer {token}"

    def send(self) -> None:
        """Send the request, and any others that must fare alike."""
        for body in [*self.more, self.body]:
            sent = None if body is None else json.dumps(body).encode()
            self.reply = call("POST", self.hub.url + self.path, body=sent, headers=self.headers)
            if self.more:
                assert (self.reply.status, self.said()["code"]) == (400, "INVALID_ARGUMENT"), body

    def said(self) -> Mapping[str, Any]:
        """Read the answer."""
        assert self.reply is not None
        return dict(self.reply.json())


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a hub."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('camara')}/hub.db") as hub:
        yield hub


@given('an environment at "apiRoot"', target_fixture="asking")
def _environment(hub: Running) -> Asking:
    return Asking(hub)


@given(parsers.parse('the resource "{path}"'))
def _resource(asking: Asking, path: str) -> None:
    asking.path = path


@given(parsers.parse('the header "Content-Type" is set to "{kind}"'))
def _content_type(asking: Asking, kind: str) -> None:
    asking.headers["Content-Type"] = kind


@given('the header "Authorization" is set to a valid access token')
@given('the header "Authorization" is set to a valid access which does not identify a single phone number')
def _valid(asking: Asking) -> None:
    asking.token(Grant(party_id="par_shop", scopes=frozenset({SCOPE})))


@given('the header "Authorization" is set to a valid access token identifying a phone number')
def _three_legged(asking: Asking) -> None:
    asking.token(Grant(party_id="par_shop", scopes=frozenset({SCOPE}), number=NUMBER))


@given('the header "Authorization" is set to an expired access token')
def _expired(asking: Asking) -> None:
    asking.token(Grant(party_id="par_shop", scopes=frozenset({SCOPE})), ago=timedelta(hours=1))


@given(parsers.parse('the header "Authorization" is set to an invalid access token {why}'))
def _invalid(asking: Asking, why: str) -> None:
    assert why
    asking.headers["Authorization"] += "x"


@given('the header "Authorization" is not sent')
def _unsent(asking: Asking) -> None:
    del asking.headers["Authorization"]


@given('the header "Authorization" is set to an access token without the required scope')
def _scopeless(asking: Asking) -> None:
    asking.token(Grant(party_id="par_shop", scopes=frozenset({"ssf.read"})))


@given('the header "x-correlator" complies with the schema at "#/components/schemas/XCorrelator"')
def _correlator(asking: Asking) -> None:
    asking.headers["x-correlator"] = SCHEMAS["XCorrelator"]["example"]


@given("the request body is set by default to a request body compliant with the schema")
def _by_default(asking: Asking) -> None:
    asking.body = {"phoneNumber": NUMBER.e164, "specifiedDate": "2024-10-31"}


@given(parsers.re("a valid (testing )?phone number supported by the service, identified by .*"))
def _supported(asking: Asking) -> None:
    _set(asking, "phoneNumber", NUMBER.e164)


@given("the same phone number was cancelled by the User A and is used by User B")
def _recycled(asking: Asking) -> None:
    assert asking.body is not None  # as the number of the build is


@given("that the service is not available for all phone numbers commercialized by the operator")
def _not_all(asking: Asking) -> None:
    assert asking.body is not None


@given(parsers.re("a valid phone number, identified by .*, for which the service is not applicable"))
def _not_applicable(asking: Asking) -> None:
    _set(asking, "phoneNumber", FREE)


@given(parsers.parse('the request body property "$.specifiedDate" is set to a date on which the {who}'))
def _signed(asking: Asking, who: str) -> None:
    _set(asking, "specifiedDate", "2020-01-01" if who.startswith("User A") else "2026-03-02")


@given('the request body property "$.specifiedDate" is set to a value in the future')
def _future(asking: Asking) -> None:
    _set(asking, "specifiedDate", (datetime.now(UTC) + timedelta(days=2)).date().isoformat())


@given(parsers.parse("the request body is set to a valid parameter combination with property {rest}"))
def _bad_dates(asking: Asking, rest: str) -> None:
    assert "specifiedDate" in rest
    asking.more = [{"phoneNumber": NUMBER.e164, "specifiedDate": date} for date in DATES]
    asking.body = asking.more.pop()


@given("the request body is not included")
def _no_body(asking: Asking) -> None:
    asking.body = None


@given('the request body is set to "{}"')
def _empty_body(asking: Asking) -> None:
    asking.body = {}


@given(parsers.re("the request body is set to any value which is not compliant with the OAS schema at .*"))
def _not_compliant(asking: Asking) -> None:
    asking.more = [[], "words", 1, True, {"phoneNumber": NUMBER.e164}, {"specifiedDate": 5}]
    asking.body = {"phoneNumber": None, "specifiedDate": "2024-10-31"}


@given(parsers.re('the request body property "\\$.phoneNumber" does not comply with the OAS schema at .*'))
def _bad_number(asking: Asking) -> None:
    bad = ["", "8613800138055", "+86 13800138055", "+0123456", "+1234567890123456", 13800138055, None]
    asking.more = [{"phoneNumber": one, "specifiedDate": "2024-10-31"} for one in bad]
    asking.body = asking.more.pop()


@given('the request body property "$.phoneNumber" is set to a valid phone number')
def _number_too(asking: Asking) -> None:
    _set(asking, "phoneNumber", NUMBER.e164)


@given('the request body property "$.phoneNumber" is not included')
def _no_number(asking: Asking) -> None:
    assert asking.body is not None
    del asking.body["phoneNumber"]


@when('the HTTP "POST" request is sent')
@when('the request "checkNumberRecycling" is sent')
def _send(asking: Asking) -> None:
    asking.send()


@then(parsers.re('the response status code is "?(?P<status>[0-9]+)"?'))
def _status(asking: Asking, status: str) -> None:
    assert asking.reply is not None
    assert asking.reply.status == int(status)


@then('the response header "Content-Type" is "application/json"')
def _json(asking: Asking) -> None:
    assert asking.reply is not None
    assert asking.reply.header("Content-Type") == "application/json"


@then('the response header "x-correlator" has same value as the request header "x-correlator"')
def _echoed(asking: Asking) -> None:
    assert asking.reply is not None
    assert asking.reply.header("x-correlator") == asking.headers["x-correlator"]


@then('the response body complies with the OAS schema at "/components/schemas/CheckNumRecyclingInfo"')
def _complies(asking: Asking) -> None:
    Draft202012Validator(SCHEMAS["CheckNumRecyclingInfo"]).validate(asking.said())


@then(parsers.parse('the value of response property "$.phoneNumberRecycled" is {value}'))
def _value(asking: Asking, value: str) -> None:
    assert asking.said()["phoneNumberRecycled"] is (value == "true")


@then(parsers.parse('the response property "$.code" is "{code}"'))
def _code(asking: Asking, code: str) -> None:
    assert asking.said()["code"] == code


@then(parsers.re(r'the response property "\$\.status" is (?P<status>[0-9]+)'))
def _said_status(asking: Asking, status: str) -> None:
    assert asking.said()["status"] == int(status)


@then('the response property "$.message" contains a user friendly text')
def _friendly(asking: Asking) -> None:
    assert len(asking.said()["message"].split()) > 2


def _set(asking: Asking, name: str, value: object) -> None:
    assert asking.body is not None
    asking.body[name] = value
