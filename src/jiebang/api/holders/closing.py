"""What closing an account takes now: a front shows it to the holder before anything is ordered."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Reading
from jiebang.domain.binding import OrderKind
from jiebang.domain.errors import ProofStale
from jiebang.domain.ground import remind_at
from jiebang.domain.showing import NotYourProof
from jiebang.wire.carriers import Carriers

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class ClosingShape(BaseModel):
    """What would be if it were ordered now."""

    enough: bool = Field(description="Whether the number was shown in a way that is enough for it.")
    fresh_until: datetime | None = Field(
        description="Until when it can be ordered by this proof; then the number has to be proven once more."
    )
    sim_checked: bool = Field(
        description="Whether a carrier can be asked if the SIM was changed. Where none can, tell the holder."
    )
    leave_at: datetime = Field(description="When the platform would hear of it; until then it is taken back.")
    remind_at: datetime = Field(description="When the holder would be reminded of it by text.")


@router.get("/closing", responses=told(NotYourProof, ProofStale, body=False))
def weigh(request: Request, house: InHouse, *, proof: Reading) -> ClosingShape:
    """See what closing accounts takes. What must be settled first is told with each record."""
    carriers: Carriers = request.app.state.carriers
    now = house.now()
    leave_at = now + house.policy.cooling_off
    return ClosingShape(
        enough=OrderKind.DEREGISTER in proof.enough(house.policy),
        fresh_until=proof.fresh_until(house.policy),
        sim_checked=carriers.can_tell_of_sims(proof.number),
        leave_at=leave_at,
        remind_at=remind_at(leave_at, placed_at=now, policy=house.policy),
    )
