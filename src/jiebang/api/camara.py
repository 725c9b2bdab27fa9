"""CAMARA number-recycling 0.2 and kyc-tenure 0.2, to the letter of their definitions."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from jiebang.api.allowance import Allowance
from jiebang.api.callers import granted
from jiebang.api.camara_refusals import (
    CORRELATOR,
    CamaraRefusal,
    IdentifierNotFound,
    InvalidArgument,
    MethodNotAllowed,
    MissingIdentifier,
    NotFound,
    OutOfRange,
    PermissionDenied,
    QuotaExceeded,
    ServiceNotApplicable,
    Unauthenticated,
    Unavailable,
    UnnecessaryIdentifier,
    answered,
    described,
    refused,
)
from jiebang.api.nowhere import EVERY_METHOD
from jiebang.api.recycled import told_of
from jiebang.domain.errors import BadToken, MissingScope, NotANumber
from jiebang.domain.limit import TooMuch
from jiebang.domain.number import Number, parse
from jiebang.domain.recycling import Recycling
from jiebang.house import House
from jiebang.wire.carriers import CHECKS, Carriers, CarrierSilent, Check
from jiebang.wire.oauth import Grant


class _Bare(APIRoute):
    """A route whose function takes the request as it is, and answers with what it has written itself."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:  # noqa: ANN401 - FastAPI's own
        """Spare what FastAPI does for others: CAMARA's words for what is wrong are not its words."""
        super().__init__(path, endpoint, **said)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: PLR0917 - ASGI's
            answer: Response = await endpoint(Request(scope, receive))
            await answer(scope, receive, send)

        self.app = app


router = APIRouter(tags=["CAMARA"], route_class=_Bare)

_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EARLIEST = timedelta(hours=14)
"""How far the first place on Earth where a day begins is ahead of UTC."""
_RECYCLING, _TENURE = CHECKS


@dataclass(frozen=True, slots=True)
class _Question:
    number: Number
    on: date


def _extra(check: Check) -> dict[str, Any]:
    number = {"type": "string", "pattern": f"^{_NUMBER.pattern}$", "examples": ["+8613700137001"]}
    asked = {
        "type": "object",
        "required": [check.day],
        "properties": {"phoneNumber": number, check.day: {"type": "string", "format": "date"}},
    }
    correlator = {"name": "x-correlator", "in": "header", "required": False}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "parameters": [correlator | {"schema": {"type": "string", "pattern": f"^{CORRELATOR.pattern}$"}}],
        "security": [{"OAuth2": [check.scope]}],
    }


def _says(check: Check) -> dict[str, Any]:
    answer = {check.answer: {"type": "boolean"}}
    return {"type": "object", "required": [check.answer], "properties": answer}


@router.post(
    _RECYCLING.path,
    response_class=Response,
    responses=described(_says(_RECYCLING)),
    openapi_extra=_extra(_RECYCLING),
)
async def check(request: Request) -> Response:
    """Say whether a number has come to another holder after a day (number-recycling 0.2)."""
    return await _answer(request, _RECYCLING)


@router.post(
    _TENURE.path, response_class=Response, responses=described(_says(_TENURE)), openapi_extra=_extra(_TENURE)
)
async def check_tenure(request: Request) -> Response:
    """Say whether a number has had the same holder since a day (kyc-tenure 0.2)."""
    return await _answer(request, _TENURE)


@router.api_route("/number-recycling/{rest:path}", methods=EVERY_METHOD, include_in_schema=False)
@router.api_route("/kyc-tenure/{rest:path}", methods=EVERY_METHOD, include_in_schema=False)
async def nowhere(request: Request) -> Response:
    """Say in CAMARA's words that there is nothing here, or not by this method."""
    here = request.url.path in {_RECYCLING.path, _TENURE.path}
    correlator, _ = _correlator(request)
    return refused(MethodNotAllowed if here else NotFound, correlator)


def _correlator(request: Request) -> tuple[str | None, bool]:
    """Give what a caller knows its request by, and whether it is as the definition has it."""
    said = request.headers.get("x-correlator")
    well = said is None or CORRELATOR.fullmatch(said) is not None
    return said if well else None, well


async def _answer(request: Request, check: Check) -> Response:
    correlator, well = _correlator(request)
    try:
        grant = _grant(request, check)
        if not well:
            raise InvalidArgument
        question = _asked(await request.body(), check, grant=grant, request=request)
        await _count(request, grant)
        said = await _find(request, check, question=question)
    except CamaraRefusal as refusal:
        return refused(refusal, correlator)
    return answered({check.answer: said}, correlator=correlator)


def _grant(request: Request, check: Check) -> Grant:
    try:
        return granted(request.app.state.house, request.headers.get("authorization"), scopes={check.scope})
    except BadToken:
        raise Unauthenticated from None
    except MissingScope:
        raise PermissionDenied from None


async def _count(request: Request, grant: Grant) -> None:
    allowance: Allowance = request.app.state.allowance
    try:
        await allowance.spend(grant.party_id)
    except TooMuch:
        raise QuotaExceeded from None


def _asked(body: bytes, check: Check, *, grant: Grant, request: Request) -> _Question:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    try:
        said = json.loads(body) if kind == "application/json" else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise InvalidArgument
    on = _day(said.get(check.day))
    if "phoneNumber" in said and not _matches(_NUMBER, said["phoneNumber"]):
        raise InvalidArgument
    if "phoneNumber" in said and grant.number is not None:
        raise UnnecessaryIdentifier
    if "phoneNumber" not in said and grant.number is None:
        raise MissingIdentifier
    if on > (request.app.state.house.now() + _EARLIEST).date():
        raise OutOfRange
    try:
        number = grant.number or parse(said["phoneNumber"])
    except NotANumber:
        raise IdentifierNotFound from None
    return _Question(number, on)


def _day(said: object) -> date:
    if not _matches(_DAY, said):
        raise InvalidArgument
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise InvalidArgument from None


def _matches(pattern: re.Pattern[str], said: object) -> bool:
    return isinstance(said, str) and pattern.fullmatch(said) is not None


async def _find(request: Request, check: Check, *, question: _Question) -> bool:
    house: House = request.app.state.house
    number, on = question.number, question.on
    if house.database.engine.dialect.name == "sqlite":
        # One look into a file is over sooner than a thread has begun.
        found = told_of(house, number, on=on)
    else:
        found = await run_in_threadpool(told_of, house, number, on=on)
    if found is Recycling.UNASSIGNED:
        raise IdentifierNotFound
    if found is not Recycling.NO_DATA:
        return (found is Recycling.YES) == check.says_changed
    if not number.is_ones_own:
        raise ServiceNotApplicable
    carriers: Carriers = request.app.state.carriers
    try:
        said = await carriers.ask(check, number=number, on=on)
    except CarrierSilent:
        raise Unavailable from None
    if said is None:
        raise IdentifierNotFound
    return said
