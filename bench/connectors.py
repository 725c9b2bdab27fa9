"""What the agent's connectors cost, each against the bare calls to the same store."""

from collections.abc import Iterator
from pathlib import Path

from bench import http_answers, ldap_answers, scim_answers, sql_answers
from bench.figures import Figure


def measure(directory: Path) -> Iterator[Figure]:
    """Measure each connector in turn."""
    for part in (sql_answers, ldap_answers, http_answers, scim_answers):
        folder = directory / part.__name__
        folder.mkdir()
        yield from part.measure(folder)
