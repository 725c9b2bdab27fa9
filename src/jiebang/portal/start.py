"""The first page: what this is, and one field for a number. And the way out again."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain import number as numbers
from jiebang.domain.errors import NotANumber, TooSoon
from jiebang.flows.end_session import end_session
from jiebang.flows.start_proof import start_proof
from jiebang.portal import sessions
from jiebang.portal.door import Door
from jiebang.portal.language import spoken
from jiebang.portal.limits import count_code
from jiebang.portal.pages import house_of, show
from jiebang.portal.proof import ONWARD, Back, BackForm, address, with_back
from jiebang.portal.regions import FIRST, regions
from jiebang.portal.sessions import ProvenOrNot
from jiebang.portal.switch import is_local

router = APIRouter(route_class=Door)


@router.get("/")
def start(request: Request, proof: ProvenOrNot, *, said: str = "", back: Back = ONWARD) -> Response:
    """
    Say what this is, and ask for a number.

    `said` names what brought the holder back here; `back` is where they were on the way to.
    """
    onward, listed = back if is_local(back) else ONWARD, regions(spoken(request))
    return show(
        request, "start.html", here=with_back("/", onward), proof=proof, said=said, typed="", region=FIRST,
        regions=listed, back=onward,
    )  # fmt: skip


@router.post("/proofs")
def send_code(
    request: Request,
    *,
    number: Annotated[str, Form()] = "",
    region: Annotated[str, Form()] = FIRST,
    back: BackForm = ONWARD,
) -> Response:
    """Begin a proof, and go on to where its code is typed in: the same for every number."""
    house = house_of(request)
    wanted = None
    try:
        wanted = numbers.parse(number, region=region)
        count_code(request)
        proof = start_proof(house.database, wanted, now=house.now(), policy=house.policy)
    except (NotANumber, TooSoon) as refusal:
        listed = regions(spoken(request))
        return show(
            request, "start.html", here=with_back("/", back), error=refusal, number=wanted, said="",
            typed=number, region=region, regions=listed, back=back,
        )  # fmt: skip
    return RedirectResponse(address(proof.id, back), status_code=303)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Close the session, here and in the browser."""
    house = house_of(request)
    end_session(house.database, request.cookies.get(sessions.COOKIE, ""))
    answer = RedirectResponse("/?said=bye", status_code=303)
    sessions.take_back(answer)
    return answer
