"""The third page: which platforms to ask. Only those that are ticked learn that anybody asked."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jiebang.counting import count
from jiebang.domain.errors import NothingTicked, Refusal, UnknownParty
from jiebang.domain.limit import Limited, TooMuch
from jiebang.domain.proof import Proof
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.portal.door import Door
from jiebang.portal.pages import house_of, show
from jiebang.portal.queries import query_address
from jiebang.portal.sessions import Proven
from jiebang.store import parties

router = APIRouter(route_class=Door)
Ticked = Annotated[Sequence[str], Form()]


@router.get("/platforms")
def choose(request: Request, proof: Proven, *, ticked: str = "", leaving: str = "") -> Response:
    """
    List the platforms, unticked; `ticked=all` ticks each of them, for the holder to look over.

    Who comes here from the list of a leaver says so by `leaving`, and is led back to it.
    """
    return _page(request, proof, all_ticked=ticked == "all", leaving=bool(leaving))


@router.post("/queries")
def ask(
    request: Request, proof: Proven, *, platform: Ticked = (), leaving: Annotated[str, Form()] = ""
) -> Response:
    """Put the question to the platforms that were ticked."""
    house = house_of(request)
    try:
        count(house_of(request), Limited.QUERIES_ON_NUMBER, who=proof.number.e164)
        query = ask_platforms(
            house.database, proof, platform_ids=platform, now=house.now(), policy=house.policy
        )
    except (NothingTicked, TooMuch, UnknownParty) as refusal:
        return _page(request, proof, leaving=bool(leaving), error=refusal)
    return RedirectResponse(query_address(query.id, leaving=bool(leaving)), status_code=303)


def _page(
    request: Request,
    proof: Proof,
    *,
    all_ticked: bool = False,
    leaving: bool = False,
    error: Refusal | None = None,
) -> Response:
    with house_of(request).database.read() as connection:
        listed = parties.platforms(connection)
    return show(
        request, "platforms.html", here="/platforms?leaving=1" if leaving else "/platforms",
        error=error, proof=proof, platforms=listed, all_ticked=all_ticked, leaving=leaving,
    )  # fmt: skip
