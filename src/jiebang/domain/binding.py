"""A platform's word that a record uses a number; own, inherited or uncertain by when it was bound."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from jiebang.domain.span import Span, day, instant, month
from jiebang.domain.tenure import Tenure


class RecordKind(StrEnum):
    """What kind of record uses the number."""

    ACCOUNT = "account"
    SUBSCRIPTION = "subscription"
    LABEL = "label"
    BLOCK = "block"


class RecordClass(StrEnum):
    """What a platform is for, so that a holder can tell what matters most."""

    SOCIAL = "social"
    CONTENT = "content"
    SHOPPING = "shopping"
    LOCAL_SERVICES = "local_services"
    PAYMENT = "payment"
    LENDING = "lending"
    TRADING = "trading"
    GAMING = "gaming"
    OTHER = "other"


class BoundSource(StrEnum):
    """From what a platform knows when the number was bound; see the table in the architecture."""

    NATIVE = "native"
    ACCOUNT_CREATED = "account_created"
    FIRST_SEEN = "first_seen"
    UNKNOWN = "unknown"


class Precision(StrEnum):
    """How finely a platform knows an instant."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"


class OrderKind(StrEnum):
    """What can be ordered about a record."""

    UNBIND = "unbind"
    DEREGISTER = "deregister"


class Origin(StrEnum):
    """Whose a record is, as far as dates can tell."""

    OWN = "own"
    INHERITED = "inherited"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """When a number was bound, as a platform says it: an instant, how finely known, and from what."""

    at: datetime | None
    precision: Precision
    source: BoundSource

    def span(self, now: datetime) -> Span:
        """
        Say what the platform's word proves; `now` is when it was said.

        A day or a month arrives as its first instant, in the platform's own zone.
        """
        if self.at is None or self.source is BoundSource.UNKNOWN:
            return Span(None, now)
        known = _known(self.at, self.precision)
        if self.source is BoundSource.ACCOUNT_CREATED:
            return Span(known.not_before, max(now, self.at))
        if self.source is BoundSource.FIRST_SEEN:
            return Span(None, known.not_after)
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One record of one platform that uses the number."""

    handle: str
    """The platform's own opaque name for the record; orders come back with it."""
    kind: RecordKind
    label: str
    """For the holder to recognise the record by; masked by the platform."""
    record_class: RecordClass
    bound: Span
    bound_source: BoundSource
    last_used: datetime | None = None
    other_logins: int | None = None
    """How many ways into the account would remain without the number; `None` where nobody knows."""
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()
    """What must be settled first, in the platform's words."""

    def origin(self, tenure: Tenure | None) -> Origin:
        """Say whose the record is, judged against the present tenure; see `origin_of`."""
        return origin_of(self.bound, tenure)


def origin_of(bound: Span, tenure: Tenure | None) -> Origin:
    """
    Say whose a record is that was bound within a span, judged against a tenure. Nothing is ever guessed.

    `own` when the whole span lies within the tenure, `inherited` when the whole span lies before it;
    otherwise, and where no tenure is known, `uncertain`.
    """
    if tenure is None:
        return Origin.UNCERTAIN
    if bound.surely_before(tenure.since):
        return Origin.INHERITED
    if bound.surely_not_before(tenure.since):
        return Origin.OWN
    return Origin.UNCERTAIN


def _known(at: datetime, precision: Precision) -> Span:
    if precision is Precision.INSTANT:
        return instant(at)
    zone = at.tzinfo or UTC
    return day(at.date(), zone) if precision is Precision.DAY else month(at.date(), zone)
