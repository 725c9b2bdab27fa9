"""Giving a number up: a list of everything of the holder's own, most urgent first, until nothing is left."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain.choice import Choice
from jiebang.domain.errors import Conflict, NotAllowed, Refusal, UnknownBinding
from jiebang.domain.leaving import Stand, Urgency
from jiebang.domain.proof import Proof
from jiebang.flows.record_choices import Decision
from jiebang.flows.see_checklist import see_checklist
from jiebang.flows.state_nothing_left import state_nothing_left
from jiebang.portal.choices import remember
from jiebang.portal.door import Door
from jiebang.portal.pages import house_of, show
from jiebang.portal.sessions import Proven, ProvenOrNot

router = APIRouter(route_class=Door, prefix="/leaving")


@router.get("")
def go_through(request: Request, proof: ProvenOrNot) -> Response:
    """Show the list; to whom carriers send here and who has not proven a number yet, what it is for."""
    return _page(request, proof) if proof else show(request, "leaving_first.html", here="/leaving")


@router.post("/choices")
def choose(
    request: Request,
    proof: Proven,
    *,
    record: Annotated[str, Form()],
    choice: Annotated[Choice, Form()],
) -> Response:
    """Remember that a record was moved, or is knowingly kept."""
    try:
        remember(request, proof, decided=Decision(record, choice))
    except (NotAllowed, UnknownBinding) as refusal:
        return _page(request, proof, error=refusal)
    return RedirectResponse(f"/leaving#{record}", status_code=303)


@router.post("/statement")
def state(request: Request, proof: Proven) -> Response:
    """Tell the carrier, as the holder wishes, that nothing is left."""
    house = house_of(request)
    try:
        state_nothing_left(
            house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret
        )
    except Conflict as refusal:
        return _page(request, proof, error=refusal)
    return RedirectResponse("/leaving#statement", status_code=303)


def _page(request: Request, proof: Proof, *, error: Refusal | None = None) -> Response:
    house = house_of(request)
    seen = see_checklist(
        house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret
    )
    return show(
        request, "leaving.html", here="/leaving", error=error, proof=proof, checklist=seen.checklist,
        stated_at=seen.stated_at, urgencies=[*Urgency, None], stands=list(Stand),
    )  # fmt: skip
