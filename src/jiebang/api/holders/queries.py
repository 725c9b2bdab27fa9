"""A holder asks platforms through a front, and sees what has come back."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Reading
from jiebang.api.holders.shapes import QueryShape, query_shape
from jiebang.api.shapes import Id
from jiebang.counting import count
from jiebang.domain.errors import NothingTicked, ProofStale, UnknownParty, UnknownQuery
from jiebang.domain.limit import Limited, TooMuch
from jiebang.domain.policy import BATCH_MOST
from jiebang.domain.proof import Proof
from jiebang.domain.showing import NotYourProof
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.see_records import see_records
from jiebang.house import House

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class Ticked(BaseModel):
    """Which platforms to ask: those that the holder has ticked, and no other."""

    platforms: list[Id] = Field(max_length=BATCH_MOST)


@router.post(
    "/queries",
    status_code=HTTPStatus.CREATED,
    response_model_exclude_none=True,
    responses=told(NotYourProof, ProofStale, NothingTicked, UnknownParty, TooMuch),
)
def ask(said: Ticked, house: InHouse, *, proof: Reading) -> QueryShape:
    """Ask platforms which of their records use the number."""
    count(house, Limited.QUERIES_ON_NUMBER, who=proof.number.e164)
    query = ask_platforms(
        house.database, proof, platform_ids=said.platforms, now=house.now(), policy=house.policy
    )
    return _seen(house, proof, query_id=query.id)


@router.get(
    "/queries/{query_id}",
    response_model_exclude_none=True,
    responses=told(NotYourProof, ProofStale, UnknownQuery, body=False),
)
def see(query_id: str, house: InHouse, *, proof: Reading) -> QueryShape:
    """See what has come back so far: each record, and how each platform stands with its answer."""
    return _seen(house, proof, query_id=query_id)


def _seen(house: House, proof: Proof, *, query_id: str) -> QueryShape:
    return query_shape(
        see_records(
            house.database,
            proof,
            query_id=query_id,
            now=house.now(),
            policy=house.policy,
            secret=house.number_secret,
        )
    )
