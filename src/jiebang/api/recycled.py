"""Which of many numbers have changed hands since a day: yes, no, and when nobody can tell; never when."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Security
from pydantic import BaseModel, BeforeValidator, Field
from starlette.concurrency import run_in_threadpool

from jiebang.api.allowance import Allowance
from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.domain.errors import NotANumber
from jiebang.domain.limit import TooMuch
from jiebang.domain.number import Number, parse
from jiebang.domain.recycling import DayInTheFuture, Recycling, recycled_since
from jiebang.domain.span import day
from jiebang.domain.tenure import Change, ChangeKind, standing
from jiebang.house import House
from jiebang.store import numbers, parties
from jiebang.store.database import Database
from jiebang.wire.carriers import CHECKS, Carriers, CarrierSilent
from jiebang.wire.oauth import Grant

router = APIRouter(prefix="/recycled/v1", tags=["Recycled numbers"])

_MOST = 10_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AT_ONCE = 50
_PATIENCE_SECONDS = 10.0
"""How long carriers are asked for one batch, and how many questions are open at once."""
_FIRST_DAY = date.min + timedelta(days=1)
"""The first day of the calendar that has begun in every place on Earth."""
_EARLIEST = timedelta(hours=14)
"""How far the first place on Earth where a day begins is ahead of UTC."""


def _written_out(on: object) -> object:
    """Refuse a bare number, which would be read as seconds since 1970, and whatever else is no day."""
    if isinstance(on, str) and _DAY.fullmatch(on):
        return on
    raise ValueError("write the day out: 2026-03-01")


class Pair(BaseModel):
    """A number, and the day since which it is asked about."""

    number: str = Field(max_length=32, examples=["+8613700137001"])
    on: Annotated[date, BeforeValidator(_written_out)]


class Pairs(BaseModel):
    """Many questions."""

    pairs: list[Pair] = Field(max_length=_MOST)


class Found(BaseModel):
    """The answers, in the order of the questions."""

    recycled: list[Recycling]


@router.post("/check", responses=told(DayInTheFuture, TooMuch))
async def check(
    said: Pairs,
    house: InHouse,
    *,
    request: Request,
    grant: Annotated[Grant, Security(caller, scopes=[CHECKS[0].scope])],
) -> Found:
    """
    Say of each number whether it has come to another holder after a day.

    `no_data` where nothing is known of a number, or it can be none; `unassigned` where nobody holds it.
    Each pair counts to the platform's day. Of what the hub knows nothing, the operator's carriers without a
    feed are asked, as far as time allows.
    """
    asked = [(_number(pair.number), pair.on) for pair in said.pairs]
    if any(on > (house.now() + _EARLIEST).date() for _, on in asked):
        raise DayInTheFuture
    allowance: Allowance = request.app.state.allowance
    await allowance.spend(grant.party_id, times=len(asked))
    found = await run_in_threadpool(_read, house, asked)
    carriers: Carriers = request.app.state.carriers
    unknown = [nth for nth, one in enumerate(found) if one is Recycling.NO_DATA and asked[nth][0] is not None]
    for nth, one in zip(unknown, await _further(carriers, [asked[nth] for nth in unknown]), strict=True):
        found[nth] = one
    return Found(recycled=found)


async def _further(carriers: Carriers, asked: Sequence[tuple[Number | None, date]]) -> list[Recycling]:
    """Ask the carriers without a feed, many at a time; what they do not answer in time stays unknown."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(number: Number | None, on: date) -> Recycling:
        if number is None:
            return Recycling.NO_DATA
        try:
            async with limit, asyncio.timeout_at(until):
                said = await carriers.ask(CHECKS[0], number=number, on=on)
        except (CarrierSilent, TimeoutError):
            said = None
        return {True: Recycling.YES, False: Recycling.NO, None: Recycling.NO_DATA}[said]

    until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    if not carriers.sources:
        return [Recycling.NO_DATA] * len(asked)
    return await asyncio.gather(*(one(number, on) for number, on in asked))


def _number(text: str) -> Number | None:
    try:
        return parse(text)
    except NotANumber:
        return None


def _read(house: House, asked: Sequence[tuple[Number | None, date]]) -> list[Recycling]:
    with house.database.read() as connection:
        histories = numbers.histories(connection, {number for number, _ in asked if number is not None})
    return [
        Recycling.NO_DATA if number is None else _told(house.database, histories[number.e164], on=on)
        for number, on in asked
    ]


def told_of(house: House, number: Number, *, on: date) -> Recycling:
    """Answer from what the hub's own carriers have reported."""
    return _told(house.database, numbers.glance(house.database, number), on=on)


def _told(database: Database, history: Sequence[Change], *, on: date) -> Recycling:
    """Judge a history; a day begins and ends where the carrier that assigned the number is."""
    assigned = [change.carrier_id for change in standing(history) if change.kind is ChangeKind.ASSIGNED]
    zone = _zone(database, assigned[-1]) if assigned else UTC
    return recycled_since(history, _day(max(on, _FIRST_DAY), zone))


_day = lru_cache(maxsize=1 << 14)(day)


@lru_cache(maxsize=1024)
def _zone(database: Database, carrier_id: str) -> ZoneInfo:
    """Where a carrier's days begin and end; that never changes."""
    with database.read() as connection:
        return ZoneInfo(parties.get(connection, carrier_id).timezone)
