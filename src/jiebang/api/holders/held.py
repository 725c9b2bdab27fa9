"""What the hub holds about the number, with until when; and to have it forgotten at once."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Ordering, Reading
from jiebang.domain.errors import ProofStale
from jiebang.domain.forgetting import HeldKind
from jiebang.domain.showing import NotYourProof
from jiebang.flows.forget_number import forget_number
from jiebang.flows.tell_held import tell_held

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class HeldShape(BaseModel):
    """So many things of one kind."""

    kind: HeldKind
    count: int
    until: datetime | None = Field(
        default=None, description="The latest; null where it is no matter of time."
    )


class HeldShapes(BaseModel):
    """All that there is."""

    held: list[HeldShape]


@router.get("/held", responses=told(NotYourProof, ProofStale, body=False))
def held(house: InHouse, proof: Reading) -> HeldShapes:
    """Tell what the hub holds about the number, whatever door it came by."""
    found = tell_held(
        house.database, proof, now=house.now(), policy=house.policy, number_secret=house.number_secret,
        subject_secret=house.subject_secret,
    )  # fmt: skip
    return HeldShapes(held=[HeldShape(kind=one.kind, count=one.count, until=one.until) for one in found])


@router.delete(
    "/held",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=told(NotYourProof, ProofStale, body=False),
)
def forget(house: InHouse, proof: Ordering) -> Response:
    """Forget all that no open order needs, every proof among it. Ask the holder twice before."""
    forget_number(house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret)
    return Response(status_code=HTTPStatus.NO_CONTENT)
