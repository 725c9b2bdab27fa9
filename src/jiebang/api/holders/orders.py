"""A holder orders through a front, follows the orders, and takes them back."""

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Ordering, Reading
from jiebang.api.holders.shapes import OrderShape, order_shape
from jiebang.api.shapes import Id
from jiebang.counting import count
from jiebang.domain.binding import OrderKind
from jiebang.domain.deed import DeedKind
from jiebang.domain.departure import NumberLeft
from jiebang.domain.errors import (
    BindingNotOffered,
    NotCertain,
    NotClosable,
    NothingTicked,
    NotYourAccount,
    OrderEnded,
    OrderMoved,
    ProofStale,
    UnknownBinding,
    UnknownOrder,
)
from jiebang.domain.limit import Limited, TooMuch
from jiebang.domain.policy import BATCH_MOST
from jiebang.domain.proof import Proof, ProofNotFresh
from jiebang.domain.showing import NotYourProof, WeakProof
from jiebang.domain.sim import SILENT, Sim, SimSwapped, SimUnchecked
from jiebang.flows.follow_orders import follow_orders
from jiebang.flows.note_deed import note_deed
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.revoke_order import revoke_order
from jiebang.house import House
from jiebang.wire.carriers import Carriers

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class Wish(BaseModel):
    """What the holder wants done about one record."""

    record: Id = Field(description="A record's id, from a query.")
    kind: OrderKind


class Wishes(BaseModel):
    """One or many; all are placed, or none is."""

    orders: list[Wish] = Field(max_length=BATCH_MOST)


class Orders(BaseModel):
    """Orders."""

    orders: list[OrderShape]


_NOT_PLACED = (
    NothingTicked, UnknownBinding, BindingNotOffered, NotClosable, NotYourAccount, NotCertain, WeakProof,
    OrderMoved, TooMuch, ProofNotFresh, SimSwapped, SimUnchecked, NumberLeft,
)  # fmt: skip


@router.post(
    "/orders", response_model_exclude_none=True, responses=told(NotYourProof, ProofStale, *_NOT_PLACED)
)
async def place(request: Request, said: Wishes, *, house: InHouse, proof: Ordering) -> Orders:
    """Order something about records. While an order about a record lives, ordering again gives that one."""
    wanted = [Wanted(one.record, one.kind) for one in said.orders]
    carriers: Carriers = request.app.state.carriers
    closes = any(one.kind is OrderKind.DEREGISTER for one in said.orders)
    sim = await carriers.sim(proof.number) if closes and proof.is_fresh(house.now(), house.policy) else SILENT
    return await run_in_threadpool(_placed, house, proof, wanted=wanted, sim=sim)


def _placed(house: House, proof: Proof, *, wanted: Sequence[Wanted], sim: Sim) -> Orders:
    count(house, Limited.ORDERS_ON_NUMBER, who=proof.number.e164, times=len(wanted))
    placed = place_orders(house.database, proof, wanted=wanted, now=house.now(), policy=house.policy, sim=sim)
    return Orders(orders=_shown(house, proof, only=[order.id for order in placed]))


@router.get("/orders", response_model_exclude_none=True, responses=told(NotYourProof, ProofStale, body=False))
def follow(house: InHouse, proof: Reading) -> Orders:
    """See every order that the number's present holder has placed, through whichever door, newest first."""
    note_deed(house.database, proof, kind=DeedKind.ORDERS_SEEN, now=house.now())
    return Orders(orders=_shown(house, proof))


@router.get(
    "/orders/{order_id}",
    response_model_exclude_none=True,
    responses=told(NotYourProof, ProofStale, UnknownOrder, body=False),
)
def follow_one(order_id: str, house: InHouse, *, proof: Reading) -> OrderShape:
    """See one order."""
    note_deed(house.database, proof, kind=DeedKind.ORDERS_SEEN, now=house.now())
    return _one(house, proof, order_id=order_id)


@router.post(
    "/orders/{order_id}/revocation",
    response_model_exclude_none=True,
    responses=told(NotYourProof, ProofStale, UnknownOrder, OrderEnded, OrderMoved, body=False),
)
def revoke(order_id: str, house: InHouse, *, proof: Ordering) -> OrderShape:
    """Take an order back, as long as its platform has not settled it."""
    revoke_order(house.database, proof, order_id=order_id, now=house.now(), policy=house.policy)
    return _one(house, proof, order_id=order_id)


def _one(house: House, proof: Proof, *, order_id: str) -> OrderShape:
    found = _shown(house, proof, only=[order_id])
    if not found:
        raise UnknownOrder
    return found[0]


def _shown(house: House, proof: Proof, *, only: Iterable[str] | None = None) -> list[OrderShape]:
    """Show the holder's orders: all of them, newest first, or only some, as they are named."""
    timelines = follow_orders(house.database, proof, now=house.now(), policy=house.policy)
    by_id = {timeline.order.id: order_shape(timeline, house.policy) for timeline in timelines}
    named = by_id if only is None else dict.fromkeys(only)
    return [by_id[order_id] for order_id in named if order_id in by_id]
