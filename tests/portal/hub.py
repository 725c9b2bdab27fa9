"""A hub for the portal's tests: the real one, on a real database, with a clock that the test holds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from jiebang.app import create
from jiebang.domain.binding import Binding, BoundSource, OrderKind, RecordClass, RecordKind
from jiebang.domain.number import Number, parse
from jiebang.domain.order import Denial
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.span import Span, day
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import Outcome, Said, record_outcomes
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire import keys
from jiebang.wire.codes import code_for

NUMBER = "13800138055"
ASSIGNED = date(2026, 3, 2)
"""When NUMBER became its present holder's; it was somebody else's from 2019 until late in 2025."""
PLATFORMS = {
    "par_bluebird": "青鸟商城",
    "par_redwood": "Redwood Social",
    "par_harbor": "海港支付",
    "par_lantern": "灯笼外卖",
}
BOTH = frozenset(OrderKind)
_BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class Hub:
    """A hub with a clock to turn, and the parties that would be elsewhere."""

    house: House
    app: FastAPI
    clock: "Hands"

    @property
    def number(self) -> Number:
        """The number that the tests are about."""
        return parse(NUMBER, region="CN")

    def code(self, proof_id: str) -> str:
        """The code that was sent for a proof."""
        return code_for(proof_id, secret=self.house.key.secret("codes"))

    def answer(self, query_id: str, platform: str, *bindings: Binding, complete: bool = True) -> None:
        """A platform answers."""
        answers = [Answer(query_id=query_id, complete=complete, bindings=bindings)]
        verdicts = record_answers(self.house.database, platform, answers=answers, now=self.clock.now)
        assert verdicts[0].refusal is None

    def settle(self, order_id: str, platform: str, said: Said, reason: Denial | None = None) -> None:
        """A platform says what became of an order."""
        outcome = Outcome(order_id=order_id, said=said, at=self.clock.now, reason=reason)
        policy = self.house.policy
        verdicts = record_outcomes(
            self.house.database, platform, outcomes=[outcome], now=self.clock.now, policy=policy
        )
        assert verdicts[0].refusal is None


@dataclass(slots=True)
class Hands:
    """A clock that stands still until it is turned."""

    now: datetime = field(default=datetime(2026, 11, 24, 6, 30, tzinfo=UTC))

    def turn(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


def binding(handle: str, bound: Span, source: BoundSource = BoundSource.NATIVE, **more: object) -> Binding:
    """A platform's record, an account unless said otherwise."""
    said = {
        "kind": RecordKind.ACCOUNT, "label": "李**", "record_class": RecordClass.SHOPPING, "can": BOTH, **more,
    }  # fmt: skip
    return Binding(handle=handle, bound=bound, bound_source=source, **said)  # type: ignore[arg-type]  # by name


def on(year: int, month: int, of_month: int) -> Span:
    """A day in China."""
    return day(date(year, month, of_month), _BEIJING)


def inherited(handle: str = "old", **more: object) -> Binding:
    """What an earlier holder left."""
    return binding(handle, on(2021, 5, 6), **more)


def own(handle: str = "new", **more: object) -> Binding:
    """What the present holder made."""
    return binding(handle, on(2026, 6, 18), **more)


def uncertain(now: datetime, handle: str = "either", **more: object) -> Binding:
    """What may be either's: only the account's age is known."""
    created = datetime(2020, 8, 9, 3, 0, tzinfo=UTC)
    return binding(handle, Span(created, now), BoundSource.ACCOUNT_CREATED, **more)


@contextmanager
def opened(database_url: str, *, platforms: Sequence[str] = tuple(PLATFORMS), port: int = 8000) -> Iterator[Hub]:
    """Open a hub that knows the number's history and these platforms."""
    clock = Hands()
    database = Database(database_url)
    upgrade(database)
    house = House(
        database=database, policy=Policy(), key=keys.make(), issuer=f"http://127.0.0.1:{port}",
        now=lambda: clock.now, secure_cookies=False,
    )  # fmt: skip
    for party_id in platforms:
        party = Party(id=party_id, role=Role.PLATFORM, name=PLATFORMS[party_id], jwks={"keys": []})
        clock.turn(timedelta(seconds=1))
        add_party(database, party, now=clock.now)
    carrier = Party(id="par_carrier", role=Role.CARRIER, name="南风通信", jwks={"keys": []})
    add_party(database, carrier, now=clock.now)
    hub = Hub(house, create(house), clock)
    verdicts = load_changes(
        database, carrier.id, changes=_history(hub.number), now=clock.now, policy=house.policy
    )
    assert [verdict.refusal for verdict in verdicts] == [None, None, None]
    try:
        yield hub
    finally:
        database.close()


def _history(number: Number) -> list[Change]:
    told = [
        (ChangeKind.ASSIGNED, date(2019, 1, 7), "earlier"),
        (ChangeKind.DISCONNECTED, date(2025, 11, 3), None),
        (ChangeKind.ASSIGNED, ASSIGNED, "present"),
    ]
    return [
        Change(number=number, kind=kind, at=day(when, _BEIJING), holder=holder)
        for kind, when, holder in told
    ]
