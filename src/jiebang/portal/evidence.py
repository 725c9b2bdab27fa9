"""What the holder takes along: the evidence about an order of theirs, or about all, as files."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from jiebang.domain.evidence import Evidence
from jiebang.gathering import gather
from jiebang.house import House
from jiebang.portal.door import Door
from jiebang.portal.pages import house_of
from jiebang.portal.sessions import Proven

router = APIRouter(route_class=Door)


@router.get("/orders/evidence.json")
def all_as_json(request: Request, proof: Proven) -> Response:
    """Give everything about the holder's orders, for machines."""
    return _file(gather(house_of(request), proof).text(), "application/json", name="orders.json")


@router.get("/orders/{order_id}/evidence.json")
def one_as_json(request: Request, order_id: str, *, proof: Proven) -> Response:
    """Give everything about one order, for machines."""
    evidence = gather(house_of(request), proof, order_id=order_id)
    return _file(evidence.text(), "application/json", name=f"{order_id}.json")


@router.get("/orders/evidence.pdf")
def all_as_pages(request: Request, proof: Proven) -> Response:
    """Give everything about the holder's orders, for people; what machines read is inside."""
    house = house_of(request)
    return _pages(gather(house, proof), house, name="orders.pdf")


@router.get("/orders/{order_id}/evidence.pdf")
def one_as_page(request: Request, order_id: str, *, proof: Proven) -> Response:
    """Give everything about one order, for people; what machines read is inside."""
    house = house_of(request)
    return _pages(gather(house, proof, order_id=order_id), house, name=f"{order_id}.pdf")


def _pages(evidence: Evidence, house: House, *, name: str) -> Response:
    from jiebang.portal.evidence_page import page  # noqa: PLC0415 - 150 ms to load, and few ask for pages

    return _file(page(evidence, sign=house.sealer.signature), "application/pdf", name=name)


def _file(said: str | bytes, kind: str, *, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(said, media_type=kind, headers=headers)
