"""The door itself: who may post, what a refusal looks like, and what every page is sent with."""

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.domain.errors import Malformed, ProofStale, Refusal
from jiebang.portal import sessions
from jiebang.portal.pages import house_of, show

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Other sites learn nothing. "no-referrer" would make browsers post with `Origin: null`, and where the
    # hub is reached without TLS no other header says whence a form came.
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
    "X-Content-Type-Options": "nosniff",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""PostgreSQL keeps no NUL, and the others mean nothing. Tabs and line ends may come with what was pasted."""


class Door(APIRoute):
    """A route for people: what is refused is told on a page, and no other site can post here."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the door in front of the route."""
        inside = super().get_route_handler()

        async def at_the_door(request: Request) -> Response:
            return _sealed(await _let_in(request, inside))

        return at_the_door


async def _let_in(request: Request, inside: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.method == "POST" and not is_from_here(request):
        return await run_in_threadpool(show, request, "elsewhere.html", here="/", status=403)
    try:
        await _check_characters(request)
        return await inside(request)
    except ProofStale:
        was_proven = sessions.COOKIE in request.cookies
        return _send_back(request, "/?said=stale" if was_proven else "/?said=first")
    except RequestValidationError:
        return await run_in_threadpool(_refuse, request, Malformed())
    except Refusal as refusal:
        return await run_in_threadpool(_refuse, request, refusal)


async def _check_characters(request: Request) -> None:
    """Refuse with `Malformed` an address or a form with characters that no page of ours has sent."""
    said = [*request.path_params.items(), *request.query_params.multi_items()]
    if request.method == "POST":
        said += (await request.form()).multi_items()
    if any(isinstance(one, str) and _CONTROL.search(one) for _, one in said):
        raise Malformed


def not_here(request: Request, failure: Exception) -> Response:
    """Say on a page what the framework says in a word: no such address, or not in that way."""
    status = failure.status_code if isinstance(failure, HTTPException) else 404
    return _sealed(show(request, "nowhere.html", here="/", status=status))


def broken(request: Request, _failure: Exception) -> Response:
    """Say that the fault is ours; what broke is for the log."""
    return _sealed(show(request, "broken.html", here="/", status=500))


def _sealed(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def _send_back(request: Request, to: str) -> Response:
    if request.headers.get("hx-request") == "true":
        # htmx follows a redirection out of sight, and would put the first page into a corner of this one.
        answer = Response(status_code=204, headers={"HX-Redirect": to})
    else:
        answer = RedirectResponse(to, status_code=303)
    sessions.take_back(answer)
    return answer


def _refuse(request: Request, refusal: Refusal) -> Response:
    return show(request, "refused.html", here="/", error=refusal)


def is_from_here(request: Request) -> bool:
    """
    Say whether a post comes from our own page, or from no page at all.

    Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`; what sends neither is no browser, and
    brings no holder's cookie that it was not given.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = {request.headers.get("host", ""), urlsplit(house_of(request).issuer).netloc}
    return urlsplit(origin).netloc in ours
