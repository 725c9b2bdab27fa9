"""The fifth page: every order's timeline, from when it was placed until it is verified."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.counting import count
from jiebang.domain.binding import OrderKind
from jiebang.domain.errors import Conflict, NotAllowed, Refusal, UnknownBinding, UnknownQuery
from jiebang.domain.limit import Limited, TooMuch
from jiebang.domain.proof import Proof, ProofNotFresh
from jiebang.domain.sim import SILENT, Sim, SimSwapped, SimUnchecked
from jiebang.flows.follow_orders import Timeline, follow_orders
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.revoke_order import revoke_order
from jiebang.portal.closing import closing_page
from jiebang.portal.door import Door
from jiebang.portal.pace import fingerprint, pace
from jiebang.portal.pages import carriers_of, house_of, show
from jiebang.portal.queries import findings_page
from jiebang.portal.sessions import Proven
from jiebang.store import queries

router = APIRouter(route_class=Door)


@router.post("/orders")
async def place(
    request: Request,
    proof: Proven,
    *,
    query: Annotated[str, Form()],
    kind: Annotated[OrderKind, Form()],
    record: Annotated[Sequence[str], Form()] = (),
) -> Response:
    """
    Place an order about each record that was sent, all or none; what is refused changes nothing.

    Before an account is closed the carrier is asked about the SIM: here, since no flow waits for others.
    """
    house, carriers = house_of(request), carriers_of(request)
    closes = kind is OrderKind.DEREGISTER and proof.is_fresh(house.now(), house.policy)
    sim = await carriers.sim(proof.number) if closes else SILENT
    wanted = [Wanted(one, kind) for one in record]
    return await run_in_threadpool(_placed, request, proof, query=query, wanted=wanted, sim=sim)


@router.get("/orders")
def follow(request: Request, proof: Proven, *, seen: str = "", still: str = "", query: str = "") -> Response:
    """
    Show how each order stands; `query` leads back to the findings they came from.

    `seen` and `still` are as on the findings' page.
    """
    return _page(request, proof, seen=seen, still=bool(still), query=query)


@router.post("/orders/{order_id}/revoke")
def take_back(request: Request, order_id: str, *, proof: Proven) -> Response:
    """Take an order back, as long as its platform has not settled it."""
    house = house_of(request)
    try:
        revoke_order(house.database, proof, order_id=order_id, now=house.now(), policy=house.policy)
    except Conflict as refusal:
        return _page(request, proof, error=refusal)
    return RedirectResponse("/orders", status_code=303)


def _placed(request: Request, proof: Proof, *, query: str, wanted: Sequence[Wanted], sim: Sim) -> Response:
    house = house_of(request)
    try:
        count(house_of(request), Limited.ORDERS_ON_NUMBER, who=proof.number.e164, times=len(wanted))
        place_orders(house.database, proof, wanted=wanted, now=house.now(), policy=house.policy, sim=sim)
    except (ProofNotFresh, SimSwapped, SimUnchecked) as refusal:
        ticked = [one.binding_id for one in wanted]
        return closing_page(request, query, proof=proof, records=ticked, error=refusal)
    except (NotAllowed, Conflict, TooMuch, UnknownBinding) as refusal:
        return findings_page(request, query, proof=proof, error=refusal)
    return RedirectResponse(f"/orders?query={query}", status_code=303)


def _page(
    request: Request,
    proof: Proof,
    *,
    seen: str = "",
    still: bool = False,
    query: str = "",
    error: Refusal | None = None,
) -> Response:
    house = house_of(request)
    now = house.now()
    found = follow_orders(house.database, proof, now=now, policy=house.policy)
    with house.database.read() as connection:
        try:
            back = f"/queries/{queries.get(connection, query, number=proof.number).id}" if query else None
        except UnknownQuery:
            back = None
    again = _look_again(found, now)
    shown = fingerprint((found, again))
    if seen == shown:
        return Response(status_code=204)
    return show(
        request, "orders.html", here=f"/orders?query={query}" if back else "/orders",
        error=error, proof=proof, timelines=found,
        look_again=again, shown=shown, still=still, back=back,
    )  # fmt: skip


def _look_again(timelines: Sequence[Timeline], now: datetime) -> int | None:
    """In how many seconds the page looks again; `None` when nothing more is coming."""
    moving = [timeline for timeline in timelines if timeline.ahead]
    return pace(now - max(one.last_news(now) for one in moving)) if moving else None
