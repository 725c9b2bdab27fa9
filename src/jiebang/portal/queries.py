"""The fourth page: what has come back, arriving one by one, and what can be done about it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from jiebang.domain.binding import Origin
from jiebang.domain.errors import Refusal
from jiebang.domain.proof import Proof
from jiebang.flows.see_records import see_records
from jiebang.portal.door import Door
from jiebang.portal.pace import fingerprint, pace
from jiebang.portal.pages import house_of, show
from jiebang.portal.sessions import Proven

router = APIRouter(route_class=Door)


@router.get("/queries/{query_id}")
def see(request: Request, query_id: str, *, proof: Proven, seen: str = "", still: str = "") -> Response:
    """
    Show what has come back so far.

    A page that looks again sends the fingerprint it has `seen`, and gets nothing when that is all;
    `still` keeps a page without JavaScript from loading itself anew.
    """
    return findings_page(request, query_id, proof=proof, seen=seen, still=bool(still))


def query_address(query_id: str, *, leaving: bool) -> str:
    """Name the page, and with it whether a leaver's list is the way on from it."""
    return f"/queries/{query_id}{'?leaving=1' if leaving else ''}"


def findings_page(
    request: Request,
    query_id: str,
    *,
    proof: Proof,
    seen: str = "",
    still: bool = False,
    error: Refusal | None = None,
) -> Response:
    """Write the page; refuses with `UnknownQuery` when there is no such query for this holder."""
    house = house_of(request)
    now = house.now()
    findings = see_records(
        house.database, proof, query_id=query_id, now=now, policy=house.policy, secret=house.number_secret
    )
    again = pace(now - findings.query.asked_at) if findings.awaited else None
    shown = fingerprint((findings, again))
    if seen == shown:
        return Response(status_code=204)
    leaving = bool(request.query_params.get("leaving"))
    return show(
        request, "findings.html", here=query_address(query_id, leaving=leaving), leaving=leaving,
        error=error, proof=proof, findings=findings, look_again=again, shown=shown, still=still,
        origins=(Origin.INHERITED, Origin.OWN, Origin.UNCERTAIN), object_until=now + house.policy.objection,
    )  # fmt: skip
