"""A holder takes evidence along through a front."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from jiebang.api.callers import InHouse
from jiebang.api.description import Responses, told
from jiebang.api.holders.callers import PREFIX, Reading
from jiebang.domain.deed import DeedKind
from jiebang.domain.errors import ProofStale, UnknownOrder
from jiebang.domain.evidence import Evidence
from jiebang.domain.journal import NeverSealed
from jiebang.domain.limit import TooMuch
from jiebang.domain.proof import Proof
from jiebang.domain.showing import NotYourProof
from jiebang.flows.note_deed import note_deed
from jiebang.gathering import gather
from jiebang.house import House

router = APIRouter(prefix=PREFIX, tags=["Fronts"])

_FILE: Responses = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
_PAGES: Responses = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
_REFUSALS = told(NotYourProof, ProofStale, UnknownOrder, NeverSealed, TooMuch, body=False)
_MAY_SAY, _MAY_SAY_PAGES = _FILE | _REFUSALS, _PAGES | _REFUSALS


@router.get("/evidence", response_class=Response, responses=_MAY_SAY)
def of_all(house: InHouse, proof: Reading) -> Response:
    """Take along what is known of all orders. Hand the bytes on as they are: the hub has signed them."""
    return _file(_taken(house, proof).text())


@router.get("/orders/{order_id}/evidence", response_class=Response, responses=_MAY_SAY)
def of_one(order_id: str, house: InHouse, *, proof: Reading) -> Response:
    """Take along what is known of one order."""
    return _file(_taken(house, proof, order_id=order_id).text())


@router.get("/evidence.pdf", response_class=Response, responses=_MAY_SAY_PAGES)
def of_all_as_pages(request: Request, house: InHouse, *, proof: Reading) -> Response:
    """Take the same along for people, in both languages; the file for machines is attached."""
    return _pages(request, _taken(house, proof))


@router.get("/orders/{order_id}/evidence.pdf", response_class=Response, responses=_MAY_SAY_PAGES)
def of_one_as_page(request: Request, order_id: str, *, house: InHouse, proof: Reading) -> Response:
    """Take along what is known of one order, for people."""
    return _pages(request, _taken(house, proof, order_id=order_id))


def _taken(house: House, proof: Proof, *, order_id: str | None = None) -> Evidence:
    evidence = gather(house, proof, order_id=order_id)
    note_deed(house.database, proof, kind=DeedKind.EVIDENCE_TAKEN, now=house.now())
    return evidence


def _file(text: str) -> Response:
    return Response(text, media_type="application/json")


def _pages(request: Request, evidence: Evidence) -> Response:
    write: Callable[[Evidence], bytes] = request.app.state.evidence_page
    return Response(write(evidence), media_type="application/pdf")
