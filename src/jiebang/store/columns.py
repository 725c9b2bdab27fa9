"""Column types: how the domain's values lie in both databases, so that they sort and compare alike."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, String
from sqlalchemy.types import TypeDecorator

from jiebang.domain.number import Number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An instant, as microseconds since 1970 in UTC: exact, ordered, and the same everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Write."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

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
