"""Before accounts are closed: what must be settled first, and what closing means, of each that was ticked."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from jiebang.domain.binding import OrderKind
from jiebang.domain.errors import (
    Conflict,
    NotAllowed,
    NothingTicked,
    OrderMoved,
    Refusal,
    UnknownBinding,
)
from jiebang.domain.ground import check_rights, remind_at
from jiebang.domain.proof import Proof
from jiebang.flows.see_records import Card, Findings, see_records
from jiebang.portal.door import Door
from jiebang.portal.pages import carriers_of, house_of, show
from jiebang.portal.queries import findings_page
from jiebang.portal.sessions import Proven

router = APIRouter(route_class=Door)


@router.get("/queries/{query_id}/closing")
def weigh(
    request: Request, query_id: str, *, proof: Proven, record: Annotated[Sequence[str], Query()] = ()
) -> Response:
    """Show what closing the accounts that were ticked means; nothing is ordered yet."""
    return closing_page(request, query_id, proof=proof, records=record)


def closing_page(
    request: Request, query_id: str, *, proof: Proof, records: Sequence[str], error: Refusal | None = None
) -> Response:
    """Write the page, or that of the findings where there is nothing that could be closed."""
    house = house_of(request)
    now = house.now()
    findings = see_records(
        house.database, proof, query_id=query_id, now=now, policy=house.policy, secret=house.number_secret
    )
    try:
        proof.require_enough(OrderKind.DEREGISTER, house.policy)
        cards = _ticked(findings, records)
    except (NotAllowed, Conflict, UnknownBinding) as refusal:
        return findings_page(request, query_id, proof=proof, error=error or refusal)
    leave_at = now + house.policy.cooling_off
    here = f"/queries/{query_id}/closing?{urlencode([('record', card.id) for card in cards])}"
    return show(
        request, "closing.html", here=here, error=error, proof=proof, cards=cards, query_id=query_id,
        fresh=proof.is_fresh(now, house.policy), leave_at=leave_at,
        remind_at=remind_at(leave_at, placed_at=now, policy=house.policy),
        can_tell_of_sims=carriers_of(request).can_tell_of_sims(proof.number),
    )  # fmt: skip


def _ticked(findings: Findings, records: Sequence[str]) -> list[Card]:
    """Find the cards that were ticked; refuses what cannot be closed, as ordering it would."""
    if not records:
        raise NothingTicked
    known = {card.id: card for card in findings.cards}
    if not known.keys() >= set(records):
        raise UnknownBinding
    cards = [known[one] for one in dict.fromkeys(records)]
    for card in cards:
        if OrderKind.DEREGISTER not in card.offers:
            check_rights(OrderKind.DEREGISTER, card.origin, binding=card.binding)
            raise OrderMoved
    return cards
