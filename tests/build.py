"""Values for tests to begin with; a test says with `replace` what it is about, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from jiebang.domain.binding import Binding, BoundSource, OrderKind, Origin, RecordClass, RecordKind
from jiebang.domain.number import parse
from jiebang.domain.order import Denial, Order, State
from jiebang.domain.outcome import Outcome, Said
from jiebang.domain.policy import Policy
from jiebang.domain.proof import Proof
from jiebang.domain.span import Span, day
from jiebang.domain.tenure import Change, ChangeKind

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
POLICY = Policy()
NUMBER = parse("+8613800138055")
OTHER_NUMBER = parse("+12015550123")
BEIJING = ZoneInfo("Asia/Shanghai")
BOTH = frozenset(OrderKind)

BINDING = Binding(
    handle="old",
    kind=RecordKind.ACCOUNT,
    label="李**",
    record_class=RecordClass.SHOPPING,
    bound=day(date(2021, 5, 6), BEIJING),
    bound_source=BoundSource.NATIVE,
    can=BOTH,
)
ORDER = Order(
    id="ord_1",
    kind=OrderKind.UNBIND,
    platform_id="par_shop",
    number=NUMBER,
    handle="old",
    record_kind=RecordKind.ACCOUNT,
    label="李**",
    origin=Origin.INHERITED,
    state=State.OPEN,
    placed_at=NOW,
    due=NOW + timedelta(days=7),
    leave_at=NOW,
)
FINGERPRINT = attrgetter("jti")
"""By what the receipts of `word` name letters, where nobody has to verify them."""
PROOF = Proof(id="prf_1", number=NUMBER, started_at=NOW)


def word(
    order_id: str,
    said: Said = Said.FULFILLED,
    *,
    at: datetime = NOW,
    reason: Denial | None = None,
    attempt: int = 1,
) -> Outcome:
    """What a platform says of an order, with its receipt."""
    letter = f"set_{order_id}" + (f".{attempt}" if attempt > 1 else "")
    return Outcome(
        order_id=order_id, said=said, at=at, reason=reason, letter=letter, receipt=f"{said} {letter}",
        attempt=attempt,
    )  # fmt: skip


def on(year: int, month: int, of_month: int) -> Span:
    """A day in China."""
    return day(date(year, month, of_month), BEIJING)


def change(kind: ChangeKind, at: Span, holder: str | None = None) -> Change:
    """One fact about the number that the tests are about."""
    return Change(number=NUMBER, kind=kind, at=at, holder=holder)


HISTORY = (
    change(ChangeKind.ASSIGNED, on(2019, 1, 7), "earlier"),
    change(ChangeKind.DISCONNECTED, on(2025, 11, 3)),
    change(ChangeKind.ASSIGNED, on(2026, 3, 2), "present"),
)
"""How NUMBER came to its present holder; `BINDING` is older than that."""
