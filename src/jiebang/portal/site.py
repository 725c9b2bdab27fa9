"""The site: all of the portal's pages as one application."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from jiebang.house import House
from jiebang.portal import (
    choices,
    closing,
    evidence,
    held,
    leaving,
    orders,
    platforms,
    proof,
    queries,
    start,
    switch,
)
from jiebang.portal.door import broken, not_here
from jiebang.portal.pages import STATIC
from jiebang.wire.carriers import Carriers


class KeptFiles(StaticFiles):
    """Static files that browsers may keep for good: their addresses change when they do."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def create(house: House, carriers: Carriers) -> FastAPI:
    """
    Put the holders' door on a house: an application of its own, to be mounted at the root.

    `carriers` are asked about the SIM before an account is closed.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.house, app.state.carriers = house, carriers
    for part in (start, proof, platforms, queries, choices, closing, orders, evidence, leaving, held, switch):
        app.include_router(part.router)
    app.mount("/static", KeptFiles(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, not_here)
    app.add_exception_handler(Exception, broken)
    return app
