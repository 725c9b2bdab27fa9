"""
Each test has a name of its own.

Schemathesis gives all operations of a definition one name, and of those that share a name pytest-xdist
runs only the first.
"""

from collections import Counter

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name tests in full; those that share a name even so are an error."""
    for item in items:
        if item.parent is not None and not item.nodeid.endswith(f"::{item.name}"):
            item._id = item.id.parse(f"{item.parent.nodeid}::{item.name}")
    shared = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if shared:
        raise pytest.UsageError(f"several tests have one name: {', '.join(shared)}")
