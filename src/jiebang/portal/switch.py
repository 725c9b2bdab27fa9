"""The language switch: it stays on the page, and is remembered."""

import re
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse

from jiebang.domain.errors import Unknown
from jiebang.portal.door import Door
from jiebang.portal.language import COOKIE, Language

_A_YEAR = 365 * 24 * 60 * 60
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of this hub, in plain ASCII: never another host, written `//host` or `/\\host`."""

router = APIRouter(route_class=Door)


@router.get("/language/{name}")
def speak(name: str, follow: Annotated[str, Query(alias="next")] = "/") -> RedirectResponse:
    """Remember a language, and go back to the page on which it was chosen."""
    if name not in list(Language):
        raise Unknown
    answer = RedirectResponse(follow if is_local(follow) else "/", status_code=303)
    answer.set_cookie(COOKIE, name, max_age=_A_YEAR, httponly=True, samesite="lax")
    return answer


def is_local(path: str) -> bool:
    """Say whether a path stays on this hub, however a browser may read it."""
    return _LOCAL.fullmatch(path) is not None
