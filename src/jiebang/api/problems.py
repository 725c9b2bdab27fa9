"""Refusals as machines read them: RFC 9457 problem details, with a stable `code`."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from jiebang.domain import errors
from jiebang.domain.errors import Refusal
from jiebang.domain.rejections import ChangeRejected
from jiebang.domain.sim import SimUnchecked


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str = Field(description="What is wrong, for people.")
    status: int
    code: str = Field(
        description="What is wrong, for machines; it never changes.", examples=["unknown_stream"]
    )
    detail: str | None = Field(default=None, description="What is wrong with this request in particular.")
    tries_left: int | None = Field(
        default=None, description="Of a wrong code: how many more are looked at before the number is locked."
    )


STATUS: Mapping[type[Refusal], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.Unknown: HTTPStatus.NOT_FOUND,
    errors.Unproven: HTTPStatus.FORBIDDEN,
    # Said of the access token alone, so that a machine knows when to get another one.
    errors.BadToken: HTTPStatus.UNAUTHORIZED,
    SimUnchecked: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooSoon: HTTPStatus.TOO_MANY_REQUESTS,
    ChangeRejected: HTTPStatus.CONFLICT,
}
"""The status of a refusal: that of its own class, or else of its family."""

MEDIA_TYPE = "application/problem+json"

NOT_JSON = Problem(status=HTTPStatus.BAD_REQUEST, code="not_json", title="The body is not JSON.")
TOO_LARGE = Problem(
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    code="too_large",
    title="The request is larger than this hub takes; nothing was changed.",
)
NOT_UNDERSTOOD = Problem(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    code="not_understood",
    title="The request does not have the shape that is asked for; nothing was changed.",
)
NOT_STORABLE = Problem(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    code="not_storable",
    title="A text holds a character that cannot be kept; nothing was changed.",
)
FAULT = Problem(
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    code="fault",
    title="Something is wrong here; it is not you. Try again.",
)


def spoken_at(path: str, problem: Problem) -> Problem:
    """Say a problem as it is said below an address: SSF 1.0 and RFC 8936 have 400 for all that is invalid."""
    invalid = problem.status == HTTPStatus.UNPROCESSABLE_ENTITY and path.startswith("/ssf/")
    return problem.model_copy(update={"status": HTTPStatus.BAD_REQUEST}) if invalid else problem


def written(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Write a problem out."""
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def problem_of(refusal: type[Refusal]) -> Problem:
    """Say a refusal as a problem: its sentence is its docstring, and its status that of its family."""
    status = next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)
    return Problem(status=status, code=refusal.code, title=refusal.sentence())


def install(app: FastAPI) -> None:
    """Answer every refusal and every malformed request with a problem."""
    app.exception_handler(Refusal)(_refused)
    app.exception_handler(RequestValidationError)(_not_understood)
    app.exception_handler(HTTPException)(_no_such_thing)
    app.exception_handler(DataError)(_not_storable)


async def _refused(request: Request, refusal: Refusal) -> JSONResponse:
    headers = {}
    if isinstance(refusal, errors.TooSoon):
        wait = refusal.until - request.app.state.house.now()
        headers["Retry-After"] = str(max(1, int(wait.total_seconds()) + 1))
    if isinstance(refusal, errors.BadToken):
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if isinstance(refusal, errors.MissingScope):
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    problem = problem_of(type(refusal))
    if isinstance(refusal, errors.WrongCode):
        problem = problem.model_copy(update={"tries_left": refusal.tries_left})
    return written(problem, headers)


_A_FIELD = re.compile(r"[A-Za-z_]+")


async def _not_understood(request: Request, refused: RequestValidationError) -> JSONResponse:
    first = refused.errors()[0]
    if first["type"] == "json_invalid" or (first["type"], first["loc"]) == ("missing", ("body",)):
        return written(NOT_JSON)
    # Only where and what, never the value: what was sent may hold a number, as may the keys of `setErrs`.
    named = [str(part) for part in first["loc"] if isinstance(part, int) or _A_FIELD.fullmatch(part)]
    where = ".".join(named).removeprefix("body.").removeprefix("body")
    detail = f"{where}: {first['msg']}" if where else first["msg"]
    problem = NOT_UNDERSTOOD.model_copy(update={"detail": detail})
    return written(spoken_at(request.url.path, problem))


async def _not_storable(request: Request, _refused: DataError) -> JSONResponse:
    # PostgreSQL keeps no NUL character; what the driver says of it is not passed on.
    return written(spoken_at(request.url.path, NOT_STORABLE))


async def _no_such_thing(_request: Request, refused: HTTPException) -> JSONResponse:
    phrase = HTTPStatus(refused.status_code).phrase
    code = phrase.lower().replace(" ", "_")
    return written(Problem(status=refused.status_code, code=code, title=phrase), refused.headers)
