"""A platform that has lost something hears signals once more: a call of our own, no standard has one."""

from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.shapes import Instant
from jiebang.domain.errors import UnknownStream
from jiebang.flows.replay_stream import replay_stream
from jiebang.wire.oauth import Grant

router = APIRouter(prefix="/platform/v1", tags=["Platforms"])


class ReplayWish(BaseModel):
    """From when on."""

    since: Instant = Field(description="What was told before this is not told again.")


class Replayed(BaseModel):
    """What follows."""

    signals: int = Field(description="How many signals are told again, or for the first time, at the most.")


@router.post("/replays", responses=told(UnknownStream))
def replay(
    wish: ReplayWish, house: InHouse, *, grant: Annotated[Grant, Security(caller, scopes=["ssf.manage"])]
) -> Replayed:
    """Hear signals once more, from a time on. What you have not confirmed comes in any case."""
    return Replayed(signals=replay_stream(house.database, grant.party_id, since=wish.since))
