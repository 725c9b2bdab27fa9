"""What the store's tests stand on: one database, on each of the two kinds."""

from collections.abc import Iterator

import pytest

from jiebang.store.database import Database
from tests.memory import opened


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a hub's database."""
    with opened(database_url) as database:
        yield database
