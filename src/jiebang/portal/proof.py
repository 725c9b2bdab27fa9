"""The second page: one field for the code that was sent."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain.errors import CodeLocked, Refusal, Unproven
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.portal import sessions
from jiebang.portal.door import Door
from jiebang.portal.pages import house_of, show
from jiebang.store import proofs
from jiebang.wire.codes import is_code

router = APIRouter(route_class=Door)


@router.get("/proofs/{proof_id}")
def ask_code(request: Request, proof_id: str) -> Response:
    """Ask for the code; the page is the same whether or not the number is known to anybody."""
    return _page(request, proof_id)


@router.post("/proofs/{proof_id}")
def take_code(request: Request, proof_id: str, *, code: Annotated[str, Form()] = "") -> Response:
    """Take one try at the code, and hand a session over when it is right."""
    house = house_of(request)
    right = is_code(code, proof_id, secret=house.key.secret("codes"))
    try:
        token = confirm_proof(house.database, proof_id, right=right, now=house.now(), policy=house.policy)
    except Unproven as refusal:
        return _page(request, proof_id, error=refusal)
    except CodeLocked as refusal:
        return _page(request, proof_id, error=refusal)
    answer = RedirectResponse("/platforms", status_code=303)
    sessions.hand_over(answer, token, house=house)
    return answer


def _page(request: Request, proof_id: str, *, error: Refusal | None = None) -> Response:
    house = house_of(request)
    with house.database.read() as connection:
        asked = proofs.get(connection, proof_id)
    return show(
        request, "code.html", here=f"/proofs/{proof_id}",
        error=error, number=asked.number, asked=asked, good_until=asked.started_at + house.policy.code_life,
    )  # fmt: skip
