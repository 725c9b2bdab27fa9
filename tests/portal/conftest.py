"""A hub and its visitors, on SQLite and on PostgreSQL in turn."""

from collections.abc import Iterator

import pytest

from tests.portal.hub import Hub, opened
from tests.portal.visitor import Visitor


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    """Open a hub."""
    with opened(database_url) as hub:
        yield hub


@pytest.fixture
def visitor(hub: Hub) -> Visitor:
    """Somebody who has not proven anything yet."""
    return Visitor(hub)


@pytest.fixture
def holder(hub: Hub) -> Visitor:
    """Somebody who has proven the number."""
    return Visitor(hub).prove()
