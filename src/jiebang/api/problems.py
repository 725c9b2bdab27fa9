"""Refusals as machines read them: RFC 9457 problem details, with a stable `code`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from jiebang.domain import errors
from jiebang.domain.errors import Refusal
from jiebang.domain.rejections import ChangeRejected


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(description="What is wrong, for people.")
    status: int
    code: str = Field(
        description="What is wrong, for machines; it never changes.", examples=["unknown_stream"]
    )
    detail: str | None = Field(default=None, description="What is wrong with this request in particular.")


STATUS: Mapping[type[Refusal], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.Unknown: HTTPStatus.NOT_FOUND,
    errors.Unproven: HTTPStatus.UNAUTHORIZED,
    errors.MissingScope: HTTPStatus.FORBIDDEN,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooSoon: HTTPStatus.TOO_MANY_REQUESTS,
    ChangeRejected: HTTPStatus.CONFLICT,
}
"""The status of a refusal: that of its own class, or else of its family."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    int(status): {"model": Problem, "description": status.phrase}
    for status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )
}
"""What every endpoint that needs a token may answer besides its own, for OpenAPI."""

NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "Not Found"}}


def problem(
    status: HTTPStatus,
    *,
    code: str,
    title: str,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Write a problem out."""
    body = Problem(type="about:blank", title=title, status=int(status), code=code, detail=detail)
    return JSONResponse(
        body.model_dump(exclude_none=True),
        status_code=int(status),
        media_type="application/problem+json",
        headers=dict(headers or {}),
    )


def status_of(refusal: Refusal) -> HTTPStatus:
    """Look up the status that a refusal is answered with."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def install(app: FastAPI) -> None:
    """Answer every refusal and every malformed request with a problem."""
    app.exception_handler(Refusal)(_refused)
    app.exception_handler(RequestValidationError)(_not_understood)
    app.exception_handler(HTTPException)(_no_such_thing)
    app.exception_handler(DataError)(_not_storable)


async def _refused(request: Request, refusal: Refusal) -> JSONResponse:
    status = status_of(refusal)
    headers = {}
    if isinstance(refusal, errors.TooSoon):
        wait = refusal.until - request.app.state.house.now()
        headers["Retry-After"] = str(max(1, int(wait.total_seconds()) + 1))
    if isinstance(refusal, errors.BadToken):
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if isinstance(refusal, errors.MissingScope):
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    return problem(status, code=refusal.code, title=str(refusal), headers=headers)


async def _not_understood(_request: Request, refused: RequestValidationError) -> JSONResponse:
    first = refused.errors()[0]
    # Only where and what, never the value: what was sent may hold a number.
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    if first["type"] == "json_invalid":
        return problem(HTTPStatus.BAD_REQUEST, code="not_json", title="The body is not JSON.")
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="not_understood",
        title="The request does not have the shape that is asked for; nothing was changed.",
        detail=f"{where}: {first['msg']}" if where else first["msg"],
    )


async def _not_storable(_request: Request, _refused: DataError) -> JSONResponse:
    # PostgreSQL keeps no NUL character; what the driver says of it is not passed on.
    title = "A text holds a character that cannot be kept; nothing was changed."
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code="not_storable", title=title)


async def _no_such_thing(_request: Request, refused: HTTPException) -> JSONResponse:
    status = HTTPStatus(refused.status_code)
    code = status.phrase.lower().replace(" ", "_")
    return problem(status, code=code, title=status.phrase, headers=refused.headers)
