"""A holder at a hub: a question that is put to the shop, and an order that is placed there."""

from dataclasses import replace
from typing import Any

from jiebang.api.shapes import OutcomeShape
from jiebang.domain.binding import OrderKind
from jiebang.domain.letter import ordered
from jiebang.domain.order import Order
from jiebang.domain.proof import Proof
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.start_proof import start_proof
from jiebang.store import orders, proofs, queries
from jiebang.store.database import Database
from jiebang.wire.keys import Key
from jiebang.wire.receipts import sign_receipt
from jiebang.wire.tokens import Route, fingerprint
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


def order(hub: Hub, handle: str = "account-1") -> Order:
    """Place an order to unbind a record that the shop has named."""
    proof, database = proven(hub), hub.house.database
    now, policy = hub.clock(), hub.house.policy
    query = ask_platforms(database, proof, platform_ids=[SHOP], now=now, policy=policy)
    with database.write() as connection:
        named = [(query.id, [replace(BINDING, handle=handle)])]
        queries.keep(connection, SHOP, answers=named)
        (found,) = queries.found(connection, query.id)
    wanted = [Wanted(found.id, OrderKind.UNBIND)]
    return place_orders(database, proof, wanted=wanted, now=now, policy=policy)[0]


def answer(query_id: str, *records: dict[str, Any], complete: bool = True) -> dict[str, Any]:
    """Write an answer."""
    return {"query_id": query_id, "complete": complete, "bindings": list(records)}


def outcome(order_id: str, said: str = "fulfilled", **more: object) -> dict[str, Any]:
    """Write an outcome, with a receipt that nobody has signed."""
    return {"order_id": order_id, "outcome": said, "at": "2026-11-24T07:00:00Z", "receipt": "-", **more}


def signed(hub: Hub, said: dict[str, Any], by: str = SHOP, *, key: Key | None = None) -> dict[str, Any]:
    """Sign an outcome's receipt as its platform does, over the letter that it got."""
    with hub.house.database.read() as connection:
        found = orders.of_platform(connection, by, order_ids=[said["order_id"]])
    route = Route(issuer=hub.house.issuer, audience=by)
    letter = [fingerprint(ordered(one), route) for one in found.values()] or ["-"]
    told = replace(OutcomeShape.model_validate(said).said(), letter=letter[0])
    receipt = sign_receipt(told, platform=by, hub=hub.house.issuer, key=key or hub.keys[by])
    return said | {"receipt": receipt}
