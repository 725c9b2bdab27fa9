"""What is not there below the machines' addresses: a problem, where the portal would answer with a page."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

_BELOW = (
    "/platform/", "/carrier/", "/holder/", "/recycled/", "/journal/", "/ssf/", "/oauth/", "/.well-known/",
    "/jwks.json",
)  # fmt: skip
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]


def around(*doors: APIRouter) -> APIRouter:
    """Build what catches, behind these doors, calls that none of them takes."""
    routes = [route for door in doors for route in door.routes if isinstance(route, APIRoute)]

    def nowhere(request: Request) -> None:
        here = [route.methods or set() for route in routes if route.path_regex.match(request.url.path)]
        if here:
            allowed = ", ".join(sorted(set().union(*here)))
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": allowed})
        raise HTTPException(HTTPStatus.NOT_FOUND)

    catching = APIRouter(include_in_schema=False)
    for start in _BELOW:
        catching.add_api_route(start + "{rest:path}", nowhere, methods=EVERY_METHOD)
    return catching
