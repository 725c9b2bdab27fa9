"""Which platforms can be asked."""

from fastapi import APIRouter
from pydantic import BaseModel

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Reading
from jiebang.api.holders.shapes import PlatformShape, platform_shape
from jiebang.domain.errors import ProofStale
from jiebang.domain.showing import NotYourProof
from jiebang.store import parties

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class Platforms(BaseModel):
    """The platforms that have joined."""

    platforms: list[PlatformShape]


@router.get("/platforms", responses=told(NotYourProof, ProofStale, body=False))
def platforms(house: InHouse, _proof: Reading) -> Platforms:
    """List the platforms that can be asked. Ask only those that the holder has ticked."""
    with house.database.read() as connection:
        joined = parties.platforms(connection)
    return Platforms(platforms=[platform_shape(one) for one in joined])
