"""What the hub holds about the number, with until when; and to have it forgotten at once."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Ordering, Reading
from jiebang.api.holders.shapes import FrontShape, front_shape
from jiebang.domain.deed import Deed, DeedKind
from jiebang.domain.errors import ProofStale
from jiebang.domain.forgetting import HeldKind
from jiebang.domain.showing import NotYourProof, ShownBy
from jiebang.flows.forget_number import forget_number
from jiebang.flows.tell_deeds import tell_deeds
from jiebang.flows.tell_held import tell_held

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class HeldShape(BaseModel):
    """So many things of one kind."""

    kind: HeldKind
    count: int
    until: datetime | None = Field(
        default=None, description="The latest; left out where it is no matter of time."
    )


class DeedShape(BaseModel):
    """One thing that a front did about the number, or was shown of it."""

    kind: DeedKind
    at: datetime
    front: FrontShape
    shown_by: ShownBy | None = Field(default=None, description="Of `proof:shown`: how.")
    asserted: bool | None = Field(
        default=None, description="Of `proof:shown`: whether the hub has only the front's word for it."
    )
    order_id: str | None = Field(default=None, description="Of an order: which.")


class HeldShapes(BaseModel):
    """All that is kept under the number, and what fronts did; the journal names no number."""

    held: list[HeldShape]
    deeds: list[DeedShape] = Field(
        description="What fronts did about the number since it is its holder's, you among them, newest first."
    )


@router.get("/held", response_model_exclude_none=True, responses=told(NotYourProof, ProofStale, body=False))
def held(house: InHouse, proof: Reading) -> HeldShapes:
    """Tell what the hub holds about the number, whatever door it came by."""
    found = tell_held(house.database, proof, now=house.now(), policy=house.policy, secrets=house.secrets)
    deeds = tell_deeds(house.database, proof, now=house.now(), policy=house.policy)
    return HeldShapes(
        held=[HeldShape(kind=one.kind, count=one.count, until=one.until) for one in found],
        deeds=[_deed(one) for one in deeds],
    )


@router.delete(
    "/held",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=told(NotYourProof, ProofStale, body=False),
)
def forget(house: InHouse, proof: Ordering) -> Response:
    """
    Forget all that no open order needs, and end every proof. Ask the holder twice before.

    What fronts did stays told for its time: only at the portal it is forgotten as well.
    """
    forget_number(house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _deed(one: Deed) -> DeedShape:
    return DeedShape(
        kind=one.kind, at=one.at, front=front_shape(one.front), shown_by=one.shown_by,
        asserted=one.asserted if one.shown_by else None, order_id=one.order_id,
    )  # fmt: skip
