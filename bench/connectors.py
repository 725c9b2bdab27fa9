"""Answers a second and core through each connector: a module for each, and a row for each store in it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench import connector_sql
from bench.figures import Figure

_CONNECTORS: tuple[Callable[[Path], Iterable[Figure]], ...] = (connector_sql.measure,)


def measure(directory: Path) -> Iterator[Figure]:
    """Measure one connector after another."""
    for part in _CONNECTORS:
        yield from part(directory)
