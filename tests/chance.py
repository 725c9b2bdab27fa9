"""What Hypothesis draws from: instants, spans and zones, near enough to each other that edges meet."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from jiebang.domain.span import Span

chance = settings(max_examples=60)
"""How often to try: enough to meet every edge."""

_START = datetime(2026, 2, 27, tzinfo=UTC)

instants = st.integers(min_value=0, max_value=40).map(lambda quarter: _START + timedelta(hours=6 * quarter))
"""Instants of ten days, six hours apart, so that two of them are often the same."""

# Kiritimati crossed the date line, and had no 31 December 1994.
days = st.dates(min_value=date(1995, 1, 1), max_value=date(2040, 12, 31))

zones = st.sampled_from(
    ["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Beirut"]
).map(ZoneInfo)

_ends = st.none() | instants


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Spans with one end, both or none."""
    first, last = draw(_ends), draw(_ends)
    if first is not None and last is not None and first > last:
        first, last = last, first
    return Span(first, last)


@st.composite
def closed_spans(draw: st.DrawFn) -> Span:
    """Spans with both ends, as carriers report them."""
    return Span(*sorted((draw(instants), draw(instants))))
