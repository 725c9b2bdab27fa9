"""A hub for the portal's tests: the real one, on a real database, with a clock that the test holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from sqlalchemy import select

from jiebang.app import create
from jiebang.domain.binding import Binding, BoundSource
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Said
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.span import Span
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.house import House
from jiebang.store.database import Database
from jiebang.store.tables import queries
from jiebang.wire import keys
from jiebang.wire.codes import code_for
from tests.build import BINDING, FINGERPRINT, HISTORY, NOW, on, word

SHOP, SOCIAL, BANK = "par_bluebird", "par_redwood", "par_harbor"
FRONT = "par_app"
PLATFORMS = {SHOP: "青鸟商城", SOCIAL: "Redwood Social", BANK: "海港支付"}

INHERITED = BINDING
OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
UNCERTAIN = replace(
    BINDING,
    handle="either",
    bound=Span(datetime(2020, 8, 9, 3, tzinfo=UTC), NOW),
    bound_source=BoundSource.ACCOUNT_CREATED,
)


@dataclass(slots=True)
class Hands:
    """A clock that stands still until it is turned."""

    now: datetime = NOW

    def turn(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub with a clock to turn, and the platforms' part in the test's hand."""

    house: House
    app: FastAPI
    clock: Hands

    def code(self, proof_id: str) -> str:
        """Tell the code that was sent for a proof."""
        return code_for(proof_id, secret=self.house.key.secret("codes"))

    def answer(self, query_id: str, platform: str, *bindings: Binding, complete: bool = True) -> None:
        """Answer a query as a platform does."""
        answers = [Answer(query_id=query_id, complete=complete, bindings=bindings)]
        verdicts = record_answers(
            self.house.database, platform, answers=answers, now=self.clock.now, policy=self.house.policy
        )
        assert verdicts[0].refusal is None

    def look_again(self, order_id: str, *bindings: Binding) -> None:
        """Answer as the shop what the hub itself asks about an order."""
        with self.house.database.read() as connection:
            looks = select(queries.c.id).where(queries.c.order_id == order_id)
            query_id = connection.scalars(looks.order_by(queries.c.asked_at.desc())).first()
        assert query_id is not None
        self.answer(query_id, SHOP, *bindings)
        self.clock.turn(timedelta(seconds=1))

    def settle(self, order_id: str, *, said: Said, reason: Denial | None = None, attempt: int = 1) -> None:
        """Say as the shop what became of an order."""
        now = self.clock.now
        outcomes = [word(order_id, said, at=now, reason=reason, attempt=attempt)]
        verdicts = record_outcomes(
            self.house.database, SHOP, outcomes=outcomes, fingerprint=FINGERPRINT, now=now,
            policy=self.house.policy,
        )  # fmt: skip
        assert verdicts[0].refusal is None


@contextmanager
def opened(database_url: str, *, recycled: bool = True) -> Iterator[Hub]:
    """Open a hub with three platforms, which knows the number's history unless told otherwise."""
    clock = Hands()
    database = Database(database_url)
    house = House(
        database=database, policy=Policy(), key=keys.make(), issuer="https://hub.example",
        now=lambda: clock.now, secure_cookies=True,
    )  # fmt: skip
    for seconds, (party_id, name) in enumerate(PLATFORMS.items()):
        party = Party(id=party_id, role=Role.PLATFORM, name=name, jwks={"keys": []})
        add_party(database, party, now=clock.now + timedelta(seconds=seconds))
    front = Party(id=FRONT, role=Role.FRONT, name="南风掌厅", jwks={"keys": []})
    add_party(database, front, now=clock.now)
    carrier = Party(id="par_carrier", role=Role.CARRIER, name="南风通信", jwks={"keys": []})
    add_party(database, carrier, now=clock.now)
    changes = HISTORY if recycled else ()
    load_changes(database, carrier.id, changes=changes, now=clock.now, policy=house.policy)
    try:
        yield Hub(house, create(house), clock)
    finally:
        database.close()
