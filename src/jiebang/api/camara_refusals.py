"""Refusals as CAMARA writes them: a status, a code and a message, with the caller's correlator."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.responses import Response

CORRELATOR = re.compile(r"[a-zA-Z0-9\-_:;./<>{}]{0,256}")


class CamaraRefusal(Exception):  # noqa: N818 - a refusal is not an error: the request was understood and declined
    """A request that CAMARA has a code for declining; the docstring is the message."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]

    @classmethod
    def said(cls) -> dict[str, object]:
        """Write it out as CAMARA does."""
        message = " ".join((cls.__doc__ or "").split())
        return {"status": int(cls.status), "code": cls.code, "message": message}


class InvalidArgument(CamaraRefusal):
    """Client specified an invalid argument, request body or query param."""

    status, code = HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT"


class OutOfRange(CamaraRefusal):
    """Client specified an invalid range."""

    status, code = HTTPStatus.BAD_REQUEST, "OUT_OF_RANGE"


class Unauthenticated(CamaraRefusal):
    """
    Request not authenticated due to missing, invalid, or expired credentials.

    A new authentication is required.
    """

    status, code = HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED"


class PermissionDenied(CamaraRefusal):
    """Client does not have sufficient permissions to perform this action."""

    status, code = HTTPStatus.FORBIDDEN, "PERMISSION_DENIED"


class IdentifierNotFound(CamaraRefusal):
    """Phone number not found."""

    status, code = HTTPStatus.NOT_FOUND, "IDENTIFIER_NOT_FOUND"


class MissingIdentifier(CamaraRefusal):
    """The phone number cannot be identified."""

    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "MISSING_IDENTIFIER"


class UnnecessaryIdentifier(CamaraRefusal):
    """The phone number is already identified by the access token."""

    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "UNNECESSARY_IDENTIFIER"


class ServiceNotApplicable(CamaraRefusal):
    """The service is not available for the provided phone number."""

    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "SERVICE_NOT_APPLICABLE"


class QuotaExceeded(CamaraRefusal):
    """Request is rejected due to exceeding a business quota limit."""

    status, code = HTTPStatus.TOO_MANY_REQUESTS, "QUOTA_EXCEEDED"


class Unavailable(CamaraRefusal):
    """The carrier that could tell does not answer now."""

    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE"


class NotFound(CamaraRefusal):
    """There is nothing at this address."""

    status, code = HTTPStatus.NOT_FOUND, "NOT_FOUND"


class MethodNotAllowed(CamaraRefusal):
    """This address takes POST."""

    status, code = HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"


OFFERED = (
    InvalidArgument, OutOfRange, Unauthenticated, PermissionDenied, IdentifierNotFound, MissingIdentifier,
    UnnecessaryIdentifier, ServiceNotApplicable, QuotaExceeded, Unavailable,
)  # fmt: skip
"""What the two checks answer; the last two are not in their definitions, and CAMARA's common ones have it."""
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    HTTPStatus.FORBIDDEN: {"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    HTTPStatus.METHOD_NOT_ALLOWED: {"Allow": "POST"},
}


def answered(
    said: Mapping[str, object], *, correlator: str | None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Write an answer out, with the correlator that it was asked with."""
    headers = dict(_HEADERS.get(status, {}))
    if correlator is not None:
        headers["x-correlator"] = correlator
    return Response(json.dumps(said), status_code=status, headers=headers, media_type="application/json")


def refused(refusal: CamaraRefusal | type[CamaraRefusal], correlator: str | None) -> Response:
    """Write a refusal out."""
    return answered(refusal.said(), correlator=correlator, status=refusal.status)


def described(success: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Describe for OpenAPI what a check may answer."""
    correlator = {"x-correlator": {"schema": {"type": "string", "pattern": f"^{CORRELATOR.pattern}$"}}}
    every: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "OK",
            "headers": dict(correlator),
            "content": {"application/json": {"schema": success}},
        }
    }
    for one in OFFERED:
        shape = {
            "type": "object",
            "required": ["status", "code", "message"],
            "properties": {
                "status": {"type": "integer", "enum": [int(one.status)]},
                "code": {"type": "string"},
                "message": {"type": "string"},
            },
        }
        example = {"value": one.said()}
        response = every.setdefault(
            int(one.status),
            {
                "description": one.status.phrase,
                "headers": correlator
                | {name: {"schema": {"type": "string"}} for name in _HEADERS.get(one.status, {})},
                "content": {"application/json": {"schema": shape, "examples": {}}},
            },
        )
        response["content"]["application/json"]["examples"][one.code] = example
    return every
