"""Sessions: the cookie by which a browser shows the proof that it has given."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from jiebang.domain.errors import ProofStale
from jiebang.domain.proof import Proof
from jiebang.domain.showing import NotYourProof
from jiebang.flows.use_session import use_session
from jiebang.house import House
from jiebang.portal.pages import house_of

COOKIE = "jiebang"


def hand_over(response: Response, token: str, *, house: House) -> None:
    """Give the browser its session, for as long as the proof is good."""
    life = int(house.policy.proof_life.total_seconds())
    response.set_cookie(
        COOKIE, token, max_age=life, httponly=True, samesite="lax", secure=house.secure_cookies
    )


def take_back(response: Response) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def proven(request: Request) -> Proof:
    """The proof that this browser has given; refuses with `ProofStale` when there is none that counts."""
    house = house_of(request)
    try:
        return use_session(
            house.database, request.cookies.get(COOKIE, ""), now=house.now(), policy=house.policy
        )
    except NotYourProof as gone:
        raise ProofStale from gone


def proven_or_not(request: Request) -> Proof | None:
    """The proof that this browser has given, on pages that do without one."""
    try:
        return proven(request) if COOKIE in request.cookies else None
    except ProofStale:
        return None


Proven = Annotated[Proof, Depends(proven)]
ProvenOrNot = Annotated[Proof | None, Depends(proven_or_not)]
