"""A holder who has come to the end tells their carrier, if they wish, that nothing is left."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Ordering
from jiebang.domain.departure import NumberLeft
from jiebang.domain.errors import ProofStale
from jiebang.domain.leaving import NobodyToTell, NotFinished
from jiebang.domain.showing import NotYourProof
from jiebang.flows.state_nothing_left import state_nothing_left

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class StatedShape(BaseModel):
    """What the carrier is told, beside the number: counts, and never which platforms."""

    said_at: datetime = Field(description="The carrier hears the day.")
    asked: int = Field(description="Platforms that the holder has asked.")
    answered: int = Field(description="Of them, those that have answered.")
    freed: int = Field(description="Records that were closed, or that lost the number.")
    moved: int = Field(description="Records on which the holder says that there is another number now.")
    kept: int = Field(description="Records that the holder knowingly leaves on the number.")


@router.post(
    "/statement",
    responses=told(NotYourProof, ProofStale, NumberLeft, NotFinished, NobodyToTell, body=False),
)
def state(house: InHouse, proof: Ordering) -> StatedShape:
    """Tell the carrier that nothing is left; to tell again stands instead. Only if the holder wishes it."""
    said = state_nothing_left(
        house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret
    )
    return StatedShape(
        said_at=said.said_at, asked=said.asked, answered=said.answered, freed=said.freed, moved=said.moved,
        kept=said.kept,
    )  # fmt: skip
