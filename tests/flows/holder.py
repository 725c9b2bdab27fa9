"""A holder who has come some way: has proven a number, asked, been answered, ordered."""

from collections.abc import Sequence
from datetime import datetime

from jiebang.domain.binding import Binding, OrderKind
from jiebang.domain.number import Number
from jiebang.domain.order import Order
from jiebang.domain.outcome import Said
from jiebang.domain.proof import Proof
from jiebang.domain.query import Query
from jiebang.domain.sim import NOBODY, Sim
from jiebang.domain.stream import SUPPORTED, Stream
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.load_changes import load_changes
from jiebang.flows.open_stream import open_stream
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.flows.start_proof import start_proof
from jiebang.store import orders, queries, sessions
from jiebang.store.database import Database
from jiebang.store.queries import Found
from tests.build import BINDING, FINGERPRINT, HISTORY, NOW, NUMBER, POLICY, word
from tests.memory import CARRIER, SHOP


def proven(database: Database, number: Number = NUMBER, *, now: datetime = NOW) -> Proof:
    """Prove a number with the right code."""
    proof_id = start_proof(database, number, now=now, policy=POLICY).id
    token = confirm_proof(database, proof_id, right=True, now=now, policy=POLICY)
    with database.read() as connection:
        return sessions.find(connection, token)


def known(database: Database) -> None:
    """Let the carrier report the number's history."""
    verdicts = load_changes(database, CARRIER, changes=HISTORY, now=NOW, policy=POLICY)
    assert [verdict.refusal for verdict in verdicts] == [None] * len(HISTORY)


def asked(database: Database, proof: Proof, *platforms: str) -> Query:
    """Ask platforms, the shop where none is named."""
    return ask_platforms(database, proof, platform_ids=platforms or [SHOP], now=NOW, policy=POLICY)


def answered(database: Database, proof: Proof, *told: Binding) -> list[Found]:
    """Ask the shop, and let it tell of these records."""
    query = asked(database, proof)
    answer = Answer(query_id=query.id, complete=True, bindings=told or (BINDING,))
    record_answers(database, SHOP, answers=[answer], now=NOW, policy=POLICY)
    with database.read() as connection:
        return queries.found(connection, query.id)


def place(
    database: Database,
    proof: Proof,
    *found: Found,
    kind: OrderKind = OrderKind.UNBIND,
    now: datetime = NOW,
    sim: Sim = NOBODY,
) -> list[Order]:
    """Order the same for each of these records, with what was heard of the SIM."""
    wanted = [Wanted(one.id, kind) for one in found]
    return place_orders(database, proof, wanted=wanted, now=now, policy=POLICY, sim=sim)


def ordered(database: Database, *told: Binding) -> tuple[Proof, list[Order]]:
    """Go all the way: a proven number with its history, records, and an order to unbind each."""
    known(database)
    proof = proven(database)
    return proof, place(database, proof, *answered(database, proof, *told))


def settle(
    database: Database,
    *order_ids: str,
    said: Said = Said.FULFILLED,
    by: str = SHOP,
    now: datetime = NOW,
    attempt: int = 1,
) -> list[str]:
    """Let a platform say the same of orders; gives how each was judged, and why it was refused."""
    outcomes = [word(one, said, at=now, attempt=attempt) for one in order_ids]
    verdicts = record_outcomes(
        database, by, outcomes=outcomes, fingerprint=FINGERPRINT, now=now, policy=POLICY
    )
    return [one.refusal.code if one.refusal else one.fate.value for one in verdicts]


def streaming(database: Database, platform: str = SHOP, events: Sequence[str] = SUPPORTED) -> Stream:
    """Open a platform's stream."""
    return open_stream(database, platform, events=tuple(events), description=None)


def stored(database: Database, order: Order) -> Order:
    """Read an order as it is now."""
    with database.read() as connection:
        return orders.get(connection, order.id, number=order.number)
