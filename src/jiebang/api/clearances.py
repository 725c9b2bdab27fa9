"""Platforms say what they did about signals; carriers ask, before they assign numbers again, who has."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.shapes import Id, RefusalShape, refusal_of
from jiebang.domain.clearance import Cleanness, Clearance
from jiebang.domain.errors import NotANumber, UnknownSignal
from jiebang.domain.number import Number, parse
from jiebang.domain.verdict import Fate, refused
from jiebang.flows.record_clearances import record_clearances
from jiebang.flows.report_clearances import Cleared, report_clearances
from jiebang.wire.oauth import Grant

router = APIRouter()

_MOST = 1000
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class ClearanceShape(BaseModel):
    """What you did about one signal: how many records that were bound before the change, and what of them."""

    signal_id: Id
    cleared: Count = Field(description="Let go: they do not use the number any more.")
    flagged: Count = Field(default=0, description="Marked for people to look at, and left.")
    kept: Count = Field(default=0, description="Left as they are.")


class Clearances(BaseModel):
    """A batch; each is judged on its own."""

    clearances: list[ClearanceShape] = Field(max_length=_MOST)


class ClearanceVerdict(BaseModel):
    """How one fared."""

    signal_id: str
    status: Fate
    refusal: RefusalShape | None = None


class ClearanceVerdicts(BaseModel):
    """How each fared, in the order in which they came."""

    verdicts: list[ClearanceVerdict] = Field(serialization_alias="results")


class NumbersShape(BaseModel):
    """Numbers that you have reported as disconnected."""

    numbers: list[Annotated[str, Field(max_length=40)]] = Field(max_length=_MOST)


class PlatformShape(BaseModel):
    """How one platform stands with a number."""

    platform: str
    standing: Cleanness


class ReportShape(BaseModel):
    """One number's report."""

    number: str
    refusal: RefusalShape | None = None
    told_at: datetime | None = Field(default=None, description="When platforms could first hear.")
    disconnected_on: date | None = None
    platforms: list[PlatformShape] | None = None
    cleared: int | None = Field(default=None, description="Records let go, over all platforms.")
    flagged: int | None = Field(default=None, description="Records marked, over all platforms.")
    kept: int | None = Field(default=None, description="Records left, over all platforms.")


class Reports(BaseModel):
    """Each number's report, in the order in which they came."""

    reports: list[ReportShape] = Field(serialization_alias="results")


@router.post(
    "/platform/v1/clearances", tags=["Platforms"], response_model_exclude_none=True, responses=told()
)
def clearances(
    said: Clearances,
    house: InHouse,
    *,
    grant: Annotated[Grant, Security(caller, scopes=["clearances.write"])],
) -> ClearanceVerdicts:
    """Say what you did about signals. The same again changes nothing; what you say later counts."""
    now = house.now()
    batch = [
        (one.signal_id, Clearance(cleared=one.cleared, flagged=one.flagged, kept=one.kept, said_at=now))
        for one in said.clearances
    ]
    verdicts = record_clearances(house.database, grant.party_id, said=batch)
    return ClearanceVerdicts(
        verdicts=[
            ClearanceVerdict(signal_id=signal_id, status=verdict.fate, refusal=refusal_of(verdict))
            for (signal_id, _), verdict in zip(batch, verdicts, strict=True)
        ]
    )


@router.post("/carrier/v1/clearances", tags=["Carriers"], response_model_exclude_none=True, responses=told())
def reports(
    asked: NumbersShape,
    house: InHouse,
    *,
    grant: Annotated[Grant, Security(caller, scopes=["clearances.read"])],
) -> Reports:
    """Ask which platforms have cleared numbers that you disconnected: standings and counts, no records."""
    read = {text: _number(text) for text in asked.numbers}
    numbers = [number for number in dict.fromkeys(read.values()) if number is not None]
    found = report_clearances(
        house.database, grant.party_id, numbers=numbers, now=house.now(), policy=house.policy
    )
    by_number: dict[Number | None, Cleared | None] = dict(zip(numbers, found, strict=True))
    return Reports(
        reports=[_shape(text, read[text], found=by_number.get(read[text])) for text in asked.numbers]
    )


def _number(text: str) -> Number | None:
    try:
        return parse(text)
    except NotANumber:
        return None


def _shape(text: str, number: Number | None, *, found: Cleared | None) -> ReportShape:
    if found is None:
        refusal = UnknownSignal() if number else NotANumber()
        return ReportShape(number=text, refusal=refusal_of(refused(refusal)))
    report = found.report
    return ReportShape(
        number=text,
        told_at=found.told.told_at,
        disconnected_on=found.told.happened_on,
        platforms=[
            PlatformShape(platform=platform, standing=standing)
            for platform, standing in report.standings.items()
        ],
        cleared=report.cleared,
        flagged=report.flagged,
        kept=report.kept,
    )
