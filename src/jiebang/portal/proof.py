"""The second page: one field for the code that was sent."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain.errors import CodeLocked, Refusal, Unproven
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.start_proof import start_proof
from jiebang.portal import sessions
from jiebang.portal.door import Door
from jiebang.portal.limits import count_code
from jiebang.portal.pages import house_of, show
from jiebang.portal.sessions import Proven
from jiebang.portal.switch import is_local
from jiebang.store import proofs
from jiebang.wire.codes import is_code

router = APIRouter(route_class=Door)
ONWARD = "/platforms"
"""Where a proof leads when it was not asked for on the way to something else."""
_LONGEST = 8000
"""The longest way back: two hundred accounts that were ticked."""


Back = Annotated[str, Query(max_length=_LONGEST)]
BackForm = Annotated[str, Form(max_length=_LONGEST)]


@router.post("/proofs/again")
def prove_again(request: Request, proof: Proven, *, back: BackForm = ONWARD) -> Response:
    """Send another code to a number that is proven already, and lead back to what it is needed for."""
    house = house_of(request)
    count_code(request)
    again = start_proof(house.database, proof.number, now=house.now(), policy=house.policy)
    return RedirectResponse(address(again.id, back), status_code=303)


@router.get("/proofs/{proof_id}")
def ask_code(request: Request, proof_id: str, *, back: Back = ONWARD) -> Response:
    """Ask for the code; the page is the same whether or not the number is known to anybody."""
    return _page(request, proof_id, back=back)


@router.post("/proofs/{proof_id}")
def take_code(
    request: Request, proof_id: str, *, code: Annotated[str, Form()] = "", back: BackForm = ONWARD
) -> Response:
    """Take one try at the code; when it is right, hand a session over and go `back` to what it is for."""
    house = house_of(request)
    right = is_code(code, proof_id, secret=house.key.secret("codes"))
    try:
        token = confirm_proof(house.database, proof_id, right=right, now=house.now(), policy=house.policy)
    except (Unproven, CodeLocked) as refusal:
        return _page(request, proof_id, back=back, error=refusal)
    answer = RedirectResponse(back if is_local(back) else ONWARD, status_code=303)
    sessions.hand_over(answer, token, house=house)
    return answer


def address(proof_id: str, back: str) -> str:
    """Name the page, and with it the way back where that is not the usual way on."""
    return with_back(f"/proofs/{proof_id}", back)


def with_back(page: str, back: str) -> str:
    """Name a page on the way to a proof, and with it where the proof leads."""
    return page if back == ONWARD else f"{page}?{urlencode({'back': back})}"


def _page(request: Request, proof_id: str, *, back: str, error: Refusal | None = None) -> Response:
    house = house_of(request)
    with house.database.read() as connection:
        asked = proofs.get(connection, proof_id)
    return show(
        request, "code.html", here=address(proof_id, back), back=back, start=with_back("/", back),
        error=error, number=asked.number, asked=asked, good_until=asked.started_at + house.policy.code_life,
    )  # fmt: skip
