"""Dates that PostgreSQL has and Python has not: `infinity`, and those before the year 1 or after 9999."""

from functools import cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer, Loader
from psycopg.pq import Format

_DATES = ("date", "timestamp", "timestamptz")


def read_leniently(connection: psycopg.Connection[Any]) -> None:
    """Let such a date be none at all: its column counts as not known, and the row is read."""
    for name in _DATES:
        oid = connection.adapters.types[name].oid
        usual = connection.adapters.get_loader(oid, Format.TEXT)
        if usual is not None:
            connection.adapters.register_loader(oid, _lenient(usual))


@cache
def _lenient(usual: type[Loader]) -> type[Loader]:
    """Make a loader that gives `None` where the usual one has no date for it."""

    class Lenient(psycopg.adapt.Loader):
        def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._usual = usual(oid, context)

        def load(self, data: Buffer) -> Any:  # noqa: ANN401 - whatever the usual one gives
            try:
                return self._usual.load(data)
            except psycopg.DataError:
                return None

    return Lenient
