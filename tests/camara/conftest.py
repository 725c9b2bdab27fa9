"""How CAMARA's feature file is read: its tags name its scenarios, and mark nothing."""

from collections.abc import Callable


def pytest_bdd_apply_tag(tag: str, function: Callable[..., object]) -> bool:
    """Take a tag for said."""
    return bool(tag and function)
