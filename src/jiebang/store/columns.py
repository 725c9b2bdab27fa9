"""Column types: how the domain's values lie in both databases, so that they sort and compare alike."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect, String
from sqlalchemy.types import TypeDecorator

from jiebang.domain.number import Number
from jiebang.domain.span import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Write an instant as it lies in a column."""
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=1 << 14)
def ends(at: Span) -> tuple[int | None, int | None]:
    """Write a span's ends; days come again and again: a country changes by the hundred thousand on each."""
    first, last = (None if end is None else microseconds(end) for end in (at.not_before, at.not_after))
    return first, last


@lru_cache(maxsize=1 << 14)
def instant(lies: int) -> datetime:
    """Read an instant as it lies in a column; a batch's rows have it from one transaction."""
    return _EPOCH + timedelta(microseconds=lies)


@lru_cache(maxsize=1 << 14)
def span(first: int | None, last: int | None) -> Span:
    """Read a span by its ends; days come again and again."""
    return Span(*(None if end is None else _EPOCH + timedelta(microseconds=end) for end in (first, last)))


class Instant(TypeDecorator[datetime]):
    """An instant, as microseconds since 1970 in UTC: exact, ordered, and the same everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Write."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """Read."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class NumberText(TypeDecorator[Number]):
    """A number in E.164, so that equal numbers are equal texts."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: Number | None, _dialect: Dialect) -> str | None:
        """Write."""
        return None if value is None else value.e164

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Number | None:
        """Read."""
        return None if value is None else Number(value)
