"""A carrier reads what leavers have told it: that nothing is left on their numbers."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.shapes import Instant
from jiebang.domain.leaving import Statement
from jiebang.flows.read_statements import read_statements
from jiebang.store import parties
from jiebang.wire.oauth import Grant

router = APIRouter(prefix="/carrier/v1", tags=["Carriers"])

_MOST = 1000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class StatementShape(BaseModel):
    """One holder's word that nothing is left undecided: a day and counts, and never which platforms."""

    number: str
    on: str = Field(description="The day in your time zone, such as 2026-11-24.")
    asked: int = Field(description="Platforms that the holder has asked.")
    answered: int = Field(description="Of them, those that have answered.")
    freed: int = Field(description="Records that were closed, or that lost the number.")
    moved: int = Field(description="Records on which the holder says that there is another number now.")
    kept: int = Field(description="Records that the holder knowingly leaves on the number.")


class Statements(BaseModel):
    """Statements, oldest first; when there are more, ask again since `until`."""

    statements: list[StatementShape]
    until: datetime | None = Field(default=None, description="When the last of these was made.")
    more: bool = False


@router.get("/statements", responses=told(body=False))
def statements(
    house: InHouse,
    *,
    since: Annotated[Instant, Query(description="RFC 3339; from then on.")] = _EVER,
    grant: Annotated[Grant, Security(caller, scopes=["statements.read"])],
) -> Statements:
    """Read what holders have told you since an instant. Each number has its latest statement only."""
    found = read_statements(house.database, grant.party_id, since=since, most=_MOST + 1)
    with house.database.read() as connection:
        zone = ZoneInfo(parties.get(connection, grant.party_id).timezone)
    shown = found[:_MOST]
    return Statements(
        statements=[_shape(one, zone) for one in shown],
        until=shown[-1].said_at if shown else None,
        more=len(found) > _MOST,
    )


def _shape(said: Statement, zone: ZoneInfo) -> StatementShape:
    return StatementShape(
        number=said.number.e164, on=said.said_at.astimezone(zone).date().isoformat(), asked=said.asked,
        answered=said.answered, freed=said.freed, moved=said.moved, kept=said.kept,
    )  # fmt: skip
