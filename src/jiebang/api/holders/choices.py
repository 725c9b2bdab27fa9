"""What a holder decides about records without ordering anything: mine, moved, kept."""

from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Ordering
from jiebang.api.shapes import Id
from jiebang.domain.choice import Choice, NotInDoubt
from jiebang.domain.errors import NothingTicked, ProofStale, UnknownBinding
from jiebang.domain.policy import BATCH_MOST
from jiebang.domain.showing import NotYourProof
from jiebang.flows.record_choices import Decision, record_choices

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class ChoiceShape(BaseModel):
    """What the holder says of one record."""

    record: Id = Field(description="A record's id, from a query or the checklist.")
    choice: Choice


class Choices(BaseModel):
    """One or many; all are remembered, or none is. Of two about the same record the last one stands."""

    choices: list[ChoiceShape] = Field(max_length=BATCH_MOST)


@router.post(
    "/choices",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=told(NotYourProof, ProofStale, NothingTicked, UnknownBinding, NotInDoubt),
)
def choose(said: Choices, house: InHouse, *, proof: Ordering) -> Response:
    """Have remembered for the tenure what the holder says. No platform hears of it."""
    decided = [Decision(one.record, one.choice) for one in said.choices]
    record_choices(
        house.database, proof, decided=decided, now=house.now(), policy=house.policy,
        secret=house.number_secret,
    )  # fmt: skip
    return Response(status_code=HTTPStatus.NO_CONTENT)
