"""Schemathesis sends what the definitions allow, and what they do not: CAMARA's two, and the hub's own."""

from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from jiebang.app import create
from jiebang.domain.party import Role
from jiebang.domain.policy import Policy
from jiebang.domain.stream import SUPPORTED
from jiebang.flows.close_stream import close_stream
from jiebang.flows.open_stream import open_stream
from jiebang.house import House
from jiebang.store import streams
from jiebang.store.database import Database
from jiebang.wire import keys
from tests.build import NUMBER
from tests.camara import at_a_front
from tests.camara.hub import Running, running
from tests.memory import CARRIER, SHOP

Case = schemathesis.Case[Any]
HERE = Path(__file__).parent
few = settings(
    max_examples=15,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def described() -> dict[str, Any]:
    """Read how a hub describes itself; that needs nothing of what it remembers."""
    house = House(
        database=Database("sqlite://"), policy=Policy(), key=keys.make(), issuer="https://hub.example",
        now=lambda: datetime.now(UTC), secure_cookies=True,
    )  # fmt: skip
    return create(house).openapi()


recycling = schemathesis.openapi.from_path(HERE / "number-recycling.yaml")
tenure = schemathesis.openapi.from_path(HERE / "kyc-tenure.yaml")
_NEGATIVE = {"expected-statuses": ["400", "401", "403", "404", "405", "413", "415", "422"]}
# More than a batch may have is too large before it is anything else: 413.
own = schemathesis.openapi.from_dict(
    described(), config=schemathesis.Config.from_dict({"checks": {"negative_data_rejection": _NEGATIVE}})
)
ROLES = {"carrier": Role.CARRIER, "holder": Role.FRONT}
"""Who calls, by how the address begins; elsewhere a platform does."""
# A token is given for a signature that nobody makes by chance.
NEVER_DONE = {("POST", "/oauth/token")}
PASSED_OVER = [
    # Well-formed questions are declined as well: the definitions have 400 and 422 for days and identifiers.
    checks.positive_data_acceptance,
    # With the token that is sent here nothing is ignored; that tokens are demanded, other tests hold.
    checks.ignored_auth,
]


@dataclass
class Asking:
    """A hub that is asked, and how often each kind of case was answered with what."""

    hub: Running
    heard: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def hold(self, case: Case, *, base: str = "", role: Role = Role.PLATFORM) -> int:
        """Send a case with a good token, hold the answer against the definition, and give its status."""
        party = {Role.PLATFORM: SHOP, Role.CARRIER: CARRIER, Role.FRONT: at_a_front.FRONT}[role]
        headers = {**dict(case.headers or {}), "Authorization": f"Bearer {self.hub.token(party, role)}"}
        reply = case.call_and_validate(
            base_url=f"{self.hub.url}{base}", headers=headers, excluded_checks=PASSED_OVER, timeout=60
        )
        self.heard[case.method, case.path, reply.status_code] += 1
        return reply.status_code


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """Run a hub."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('definitions')}/hub.db") as hub:
        at_a_front.join(hub.house)
        yield Asking(hub)


@pytest.fixture(scope="module")
def asking_for_all(asking: Asking) -> Iterator[Asking]:
    """See to it that whatever can be done was also done, and not only refused."""
    yield asking
    done = {(method, path) for method, path, status in asking.heard if status < HTTPStatus.BAD_REQUEST}
    offered = {(way.upper(), path) for path, ways in described()["paths"].items() for way in ways}
    assert offered - done == NEVER_DONE


def stream_of_the_shop(hub: Running) -> str:
    """Find the shop's stream; what was sent before may have closed it."""
    with hub.house.database.read() as connection:
        stream = streams.of_platform(connection, SHOP)
    return (stream or open_stream(hub.house.database, SHOP, events=SUPPORTED, description=None)).id


def ask_of_what_is_there(case: Case, hub: Running) -> None:
    """Name the shop's own stream, a number and a journal that the hub knows, where a case names any."""
    stream_id = stream_of_the_shop(hub)
    if (case.method, case.path) == ("POST", "/ssf/stream"):
        close_stream(hub.house.database, SHOP, stream_id=stream_id)
    known: dict[str, Any] = {
        "stream_id": stream_id,
        "phone_number": NUMBER.e164,
        "phoneNumber": NUMBER.e164,
        "old": 0,
        "size": 1,
    }
    name_all(case, known)
    if case.path.startswith("/ssf/poll") and isinstance(case.body, dict):
        case.body["returnImmediately"] = True


def name_all(case: Case, known: Mapping[str, Any]) -> None:
    """Put into a case, wherever it names something that is known, what is known."""
    body = case.body if isinstance(case.body, dict) else {}
    for said in (case.path_parameters, case.query, case.headers, body, body.get("subject")):
        if isinstance(said, MutableMapping):
            said.update({name: value for name, value in known.items() if name in said})


def is_good(case: Case) -> bool:
    """Whether a case is what the definition allows."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def hold_a_check(case: Case, asking: Asking, *, base: str, day: str) -> None:
    """Send a case as it is; a good one again, about a number that the hub knows: then it must be told."""
    asking.hold(case, base=base)
    if is_good(case) and isinstance(case.body, dict):
        case.body["phoneNumber"] = NUMBER.e164
        has_been = str(case.body[day]) <= datetime.now(UTC).date().isoformat()
        assert asking.hold(case, base=base) == (HTTPStatus.OK if has_been else HTTPStatus.BAD_REQUEST)


@recycling.parametrize()
@few
def test_number_recycling_answers_as_it_is_defined(case: Case, asking: Asking) -> None:
    hold_a_check(case, asking, base="/number-recycling/v0.2", day="specifiedDate")


@tenure.parametrize()
@few
def test_kyc_tenure_answers_as_it_is_defined(case: Case, asking: Asking) -> None:
    hold_a_check(case, asking, base="/kyc-tenure/v0.2", day="tenureDate")


@own.parametrize()
@few
def test_the_hub_answers_as_it_describes_itself(case: Case, asking_for_all: Asking) -> None:
    role = ROLES.get(case.path.split("/")[1], Role.PLATFORM)
    asking_for_all.hold(case, role=role)
    if is_good(case):
        if role is Role.FRONT:
            known = at_a_front.there(asking_for_all.hub.house)
            if case.path == "/holder/v1/statement":
                at_a_front.take_all_back(asking_for_all.hub.house, known["Jiebang-Proof"])
            name_all(case, known)
        else:
            ask_of_what_is_there(case, asking_for_all.hub)
        asking_for_all.hold(case, role=role)
