"""What every test may count on: real databases, a name of its own, and an honest word when it is left out."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "tests.distinct", "tests.needs", "tests.databases"]

# No example is held against the clock: machines are busy at times, and that is not what a test is about.
# A fixture that is shared by a test's examples is so on purpose: a server is not started for each.
settings.register_profile(
    "unhurried",
    settings.default,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with whole journeys: of several processes none is left alone with one at the end."""
    items.sort(key=lambda item: "stories" not in item.path.parts)
