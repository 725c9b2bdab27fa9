"""A holder leaves."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response, Security

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, ProofToken
from jiebang.flows.end_session import end_session
from jiebang.wire.oauth import Grant

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


@router.delete(
    "/session", status_code=HTTPStatus.NO_CONTENT, response_class=Response, responses=told(body=False)
)
def leave(
    house: InHouse,
    grant: Annotated[Grant, Security(caller, scopes=["holder.prove", "holder.read", "holder.order"])],
    *,
    proof_token: ProofToken,
) -> Response:
    """Give the proof up: it counts no more. Doing so again changes nothing."""
    end_session(house.database, proof_token, front_id=grant.party_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
