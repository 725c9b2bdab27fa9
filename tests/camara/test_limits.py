"""A platform checks so many numbers a day, whichever way and wherever it asks, and no more."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from jiebang.app import create
from jiebang.domain.limit import TooMuch
from jiebang.domain.policy import Policy
from tests.build import NUMBER
from tests.camara.hub import Running, running
from tests.camara.test_asking import RECYCLING, ask, code

PAIR = {"number": NUMBER.e164, "on": "2024-01-01"}
DAY = "2024-01-01"


@pytest.fixture
def hub(database_url: str) -> Iterator[Running]:
    """Run a hub at which a platform has two thousand checks a day."""
    with running(database_url, policy=replace(Policy(), checks_per_day=2000)) as hub:
        yield hub


def test_every_pair_of_a_batch_counts(hub: Running) -> None:
    assert ask(hub, "/recycled/v1/check", pairs=[PAIR] * 1990).status == 200
    refused = ask(hub, "/recycled/v1/check", pairs=[PAIR] * 11)
    assert (refused.status, refused.json()["code"]) == (429, "too_much")
    assert int(refused.header("Retry-After") or "never") <= 24 * 3600


def test_what_is_counted_in_advance_is_spent_one_by_one(hub: Running) -> None:
    assert ask(hub, "/recycled/v1/check", pairs=[PAIR] * 1000).status == 200
    said = [ask(hub, RECYCLING, phoneNumber=NUMBER.e164, specifiedDate=DAY).status for _ in range(1001)]
    assert (said.count(200), said[-1]) == (1000, 429)


def test_camara_refuses_in_its_own_words(hub: Running) -> None:
    assert ask(hub, "/recycled/v1/check", pairs=[PAIR] * 2000).status == 200
    refused = ask(hub, RECYCLING, phoneNumber=NUMBER.e164, specifiedDate=DAY)
    assert code(refused) == (429, "QUOTA_EXCEEDED")


def test_another_process_counts_to_the_same_day(hub: Running) -> None:
    assert ask(hub, "/recycled/v1/check", pairs=[PAIR] * 2000).status == 200
    allowance = create(hub.house).state.allowance
    with pytest.raises(TooMuch):
        asyncio.run(allowance.spend("par_shop"))
