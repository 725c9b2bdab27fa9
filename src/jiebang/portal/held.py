"""What the hub holds about the number, in words, with until when; and to have it forgotten at once."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain.errors import NothingTicked, Refusal
from jiebang.domain.proof import Proof
from jiebang.flows.forget_number import forget_number
from jiebang.flows.tell_deeds import tell_deeds
from jiebang.flows.tell_held import tell_held
from jiebang.portal import sessions
from jiebang.portal.door import Door
from jiebang.portal.pages import house_of, show
from jiebang.portal.sessions import Proven

router = APIRouter(route_class=Door)


@router.get("/held")
def tell(request: Request, proof: Proven) -> Response:
    """Tell what there is."""
    return _page(request, proof)


@router.post("/forget")
def forget(request: Request, proof: Proven, *, sure: Annotated[str, Form()] = "") -> Response:
    """Forget it, when the holder has said that they are sure, and sign them out."""
    house = house_of(request)
    if not sure:
        return _page(request, proof, error=NothingTicked())
    forget_number(house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret)
    answer = RedirectResponse("/?said=forgotten", status_code=303)
    sessions.take_back(answer)
    return answer


def _page(request: Request, proof: Proof, *, error: Refusal | None = None) -> Response:
    house = house_of(request)
    found = tell_held(house.database, proof, now=house.now(), policy=house.policy, secrets=house.secrets)
    deeds = tell_deeds(house.database, proof, now=house.now(), policy=house.policy)
    return show(request, "held.html", here="/held", error=error, proof=proof, held=found, deeds=deeds)
