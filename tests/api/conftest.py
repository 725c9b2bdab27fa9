"""What the tests of the machines' door stand on: one hub, on each of the two databases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.api.hub import HELD, Hub, opened
from tests.build import POLICY


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    """Open a hub."""
    with opened(database_url, replace(POLICY, poll_wait=HELD)) as hub:
        yield hub


@pytest.fixture
def sqlite_hub(sqlite_url: str) -> Iterator[Hub]:
    """Open a hub for what has nothing to do with the kind of database."""
    with opened(sqlite_url) as hub:
        yield hub
