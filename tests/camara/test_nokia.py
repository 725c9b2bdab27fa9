"""Nokia's client, as it comes from PyPI, gets right answers from a hub behind the documented proxy."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from network_as_code import NetworkAsCodeApi
from network_as_code.errors import BadRequestError, NotFoundError, UnauthorizedError, UnprocessableEntityError

from jiebang.domain.party import Role
from jiebang.sandbox.program import Program, free_port, installed
from jiebang.sandbox.web import call, is_up
from tests.build import NUMBER
from tests.camara.hub import FREE, Running, running
from tests.memory import CARRIER

DOCUMENT = Path(__file__).parents[2] / "docs/run/hub.md"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a hub."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('nokia')}/hub.db") as hub:
        yield hub


@pytest.fixture(scope="module")
def front(hub: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Put Caddy in front of it, set up as the document says; gives the address."""
    place, url = tmp_path_factory.mktemp("caddy"), f"http://127.0.0.1:{free_port()}"
    [told] = re.findall(r"```caddyfile\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (place / "Caddyfile").write_text(told)
    environment = {
        "SITE": url, "HUB": hub.url.removeprefix("http://"), "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "XDG_CONFIG_HOME": str(place), "XDG_DATA_HOME": str(place),
    }  # fmt: skip
    caddy = Program([installed("caddy"), "run"], output=place / "log", environment=environment)
    caddy.start()
    try:
        caddy.until("the hub answers through Caddy", lambda: is_up(f"{url}/healthz") or None)
        yield url
    finally:
        caddy.stop()


@pytest.fixture
def client(front: str) -> Iterator[NetworkAsCodeApi]:
    """Tell Nokia's client where to ask; it does not close what it has opened itself."""
    with httpx.Client() as network:
        yield NetworkAsCodeApi(base_url=front, api_key="none", httpx_client=network)


@pytest.fixture
def token(hub: Running) -> str:
    """Get a token."""
    return f"Bearer {hub.token(CARRIER, Role.CARRIER)}"


@pytest.mark.parametrize(("day", "recycled"), [(date(2020, 1, 1), True), (date(2026, 6, 1), False)])
def test_it_is_told_whether_a_number_has_changed_hands(
    client: NetworkAsCodeApi, token: str, day: date, *, recycled: bool
) -> None:
    said = client.number_recycling.check(
        specified_date=day, phone_number=NUMBER.e164, authorization=token, correlator="c-1"
    )
    assert said.phone_number_recycled is recycled
    held = client.kyc.check_tenure(tenure_date=day, phone_number=NUMBER.e164, authorization=token)
    assert held.tenure_date_check is not recycled


@pytest.mark.parametrize(
    ("number", "day", "refusal"),
    [
        ("+8613900139009", date(2020, 1, 1), NotFoundError),
        ("13900139009", date(2020, 1, 1), BadRequestError),
        (NUMBER.e164, date(2999, 1, 1), BadRequestError),
        (FREE, date(2020, 1, 1), UnprocessableEntityError),
    ],
)
def test_it_understands_the_refusals(
    client: NetworkAsCodeApi, token: str, number: str, *, day: date, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        client.number_recycling.check(specified_date=day, phone_number=number, authorization=token)
    with pytest.raises(refusal):
        client.kyc.check_tenure(tenure_date=day, phone_number=number, authorization=token)


def test_without_a_token_it_is_told_nothing(client: NetworkAsCodeApi) -> None:
    with pytest.raises(UnauthorizedError):
        client.number_recycling.check(specified_date=date(2020, 1, 1), phone_number=NUMBER.e164)


def test_the_proxy_shows_the_hub_and_not_its_metrics(front: str, hub: Running) -> None:
    assert call("GET", f"{front}/jwks.json").json() == hub.house.key.public_set()
    assert (call("GET", f"{hub.url}/metrics").status, call("GET", f"{front}/metrics").status) == (200, 404)
