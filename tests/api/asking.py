"""A holder at a hub: a question that is put to the shop, and an order that is placed there."""

from dataclasses import replace
from typing import Any

from jiebang.domain.binding import OrderKind
from jiebang.domain.order import Order
from jiebang.domain.proof import Proof
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.start_proof import start_proof
from jiebang.store import proofs, queries
from jiebang.store.database import Database
from tests.api.hub import SHOP, Hub
from tests.build import BINDING, NUMBER

RECORD: dict[str, Any] = {
    "handle": "account-1", "kind": "account", "label": "李**", "class": "shopping",
    "bound": {"at": "2021-05-06T00:00:00+08:00", "precision": "day", "source": "native"},
    "can": ["unbind", "deregister"],
}  # fmt: skip
"""What the shop says of the account that an earlier holder left."""


def proven(hub: Hub) -> Proof:
    """Prove the number."""
    database, now, policy = hub.house.database, hub.clock(), hub.house.policy
    started = start_proof(database, NUMBER, now=now, policy=policy)
    confirm_proof(database, started.id, right=True, now=now, policy=policy)
    with database.read() as connection:
        return proofs.get(connection, started.id)


def ask(hub: Hub, *platforms: str, database: Database | None = None) -> str:
    """Put a question to platforms, the shop unless told which; returns the query's id."""
    query = ask_platforms(
        database or hub.house.database, proven(hub), platform_ids=platforms or [SHOP],
        now=hub.clock(), policy=hub.house.policy,
    )  # fmt: skip
    return query.id


def order(hub: Hub) -> Order:
    """Place an order to unbind a record that the shop has named."""
    proof, database = proven(hub), hub.house.database
    now, policy = hub.clock(), hub.house.policy
    query = ask_platforms(database, proof, platform_ids=[SHOP], now=now, policy=policy)
    with database.write() as connection:
        named = [(query.id, [replace(BINDING, handle="account-1")])]
        queries.keep(connection, SHOP, answers=named)
        (found,) = queries.found(connection, query.id)
    wanted = [Wanted(found.id, OrderKind.UNBIND)]
    return place_orders(database, proof, wanted=wanted, now=now, policy=policy)[0]


def answer(query_id: str, *records: dict[str, Any], complete: bool = True) -> dict[str, Any]:
    """Write an answer."""
    return {"query_id": query_id, "complete": complete, "bindings": list(records)}


def outcome(order_id: str, said: str = "fulfilled", **more: object) -> dict[str, Any]:
    """Write an outcome."""
    return {"order_id": order_id, "outcome": said, "at": "2026-11-24T07:00:00Z", **more}
