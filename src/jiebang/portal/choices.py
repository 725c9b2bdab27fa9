"""What a holder says of a record that nobody can tell: mine. Nothing is ordered by it."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain.choice import Choice
from jiebang.domain.errors import NotAllowed, UnknownBinding
from jiebang.domain.proof import Proof
from jiebang.flows.record_choices import Decision, record_choices
from jiebang.portal.door import Door
from jiebang.portal.pages import house_of
from jiebang.portal.queries import findings_page
from jiebang.portal.sessions import Proven

router = APIRouter(route_class=Door)


@router.post("/choices")
def choose(
    request: Request,
    proof: Proven,
    *,
    query: Annotated[str, Form()],
    record: Annotated[str, Form()],
    choice: Annotated[Choice, Form()],
) -> Response:
    """Remember what the holder says, and go back to where they said it."""
    try:
        remember(request, proof, decided=Decision(record, choice))
    except (NotAllowed, UnknownBinding) as refusal:
        return findings_page(request, query, proof=proof, error=refusal)
    return RedirectResponse(f"/queries/{query}", status_code=303)


def remember(request: Request, proof: Proof, *, decided: Decision) -> None:
    """Remember one decision; refuses as the flow does."""
    house = house_of(request)
    record_choices(
        house.database, proof, decided=[decided], now=house.now(), policy=house.policy,
        secret=house.number_secret,
    )  # fmt: skip
