"""Schemathesis sends what the definitions allow, and what they do not: CAMARA's two, and the hub's own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from jiebang.app import create
from jiebang.domain.party import Role
from jiebang.domain.policy import Policy
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.wire import keys
from tests.camara.hub import Running, running
from tests.memory import CARRIER, SHOP

HERE = Path(__file__).parent
few = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a hub."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('definitions')}/hub.db") as hub:
        yield hub


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
PASSED_OVER = [
    # Well-formed questions are declined as well: the definitions have 400 and 422 for days and identifiers.
    checks.positive_data_acceptance,
    # With the token that is sent here nothing is ignored; that tokens are demanded, other tests hold.
    checks.ignored_auth,
]


def hold(case: schemathesis.Case[Any], hub: Running, *, base: str = "", role: Role = Role.PLATFORM) -> None:
    """Send a case with a good token, and hold the answer against the definition."""
    party = {Role.PLATFORM: SHOP, Role.CARRIER: CARRIER}[role]
    headers = {"Authorization": f"Bearer {hub.token(party, role)}"}
    case.call_and_validate(base_url=f"{hub.url}{base}", headers=headers, excluded_checks=PASSED_OVER)


@recycling.parametrize()
@few
def test_number_recycling_answers_as_it_is_defined(case: schemathesis.Case[Any], hub: Running) -> None:
    hold(case, hub, base="/number-recycling/v0.2")


@tenure.parametrize()
@few
def test_kyc_tenure_answers_as_it_is_defined(case: schemathesis.Case[Any], hub: Running) -> None:
    hold(case, hub, base="/kyc-tenure/v0.2")


@own.parametrize()
@few
def test_the_hub_answers_as_it_describes_itself(case: schemathesis.Case[Any], hub: Running) -> None:
    hold(case, hub, role=Role.CARRIER if case.path.startswith("/carrier") else Role.PLATFORM)
