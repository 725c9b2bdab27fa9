"""Platforms answer questions and say what became of orders: idempotent batches, each item judged alone."""

from contextlib import suppress
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Security

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.shapes import (
    Answers,
    AnswerVerdict,
    AnswerVerdicts,
    Outcomes,
    OutcomeVerdict,
    OutcomeVerdicts,
    refusal_of,
)
from jiebang.domain.outcome import FalseReceipt, Outcome
from jiebang.flows.record_answers import record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.house import House
from jiebang.store import parties
from jiebang.wire.keys import public_keys
from jiebang.wire.oauth import Grant
from jiebang.wire.receipts import read_receipt
from jiebang.wire.tokens import Route, fingerprint

router = APIRouter(prefix="/platform/v1", tags=["Platforms"])


@router.post("/answers", response_model_exclude_none=True, responses=told())
def answers(
    said: Answers, house: InHouse, *, grant: Annotated[Grant, Security(caller, scopes=["answers.write"])]
) -> AnswerVerdicts:
    """Answer questions. Sending the same answers again changes nothing."""
    now = house.now()
    batch = [one.answer(now) for one in said.answers]
    verdicts = record_answers(house.database, grant.party_id, answers=batch, now=now, policy=house.policy)
    return AnswerVerdicts(
        verdicts=[
            AnswerVerdict(query_id=one.query_id, status=verdict.fate, refusal=refusal_of(verdict))
            for one, verdict in zip(batch, verdicts, strict=True)
        ]
    )


@router.post("/outcomes", response_model_exclude_none=True, responses=told())
def outcomes(
    said: Outcomes, house: InHouse, *, grant: Annotated[Grant, Security(caller, scopes=["outcomes.write"])]
) -> OutcomeVerdicts:
    """Say what became of orders. What is already gone is `fulfilled`; the same again changes nothing."""
    batch = _with_receipts(said, house, platform_id=grant.party_id)
    route = Route(issuer=house.issuer, audience=grant.party_id)
    verdicts = record_outcomes(
        house.database, grant.party_id, outcomes=batch, fingerprint=partial(fingerprint, route=route),
        now=house.now(), policy=house.policy,
    )  # fmt: skip
    return OutcomeVerdicts(
        verdicts=[
            OutcomeVerdict(order_id=one.order_id, status=verdict.fate, refusal=refusal_of(verdict))
            for one, verdict in zip(batch, verdicts, strict=True)
        ]
    )


def _with_receipts(said: Outcomes, house: House, *, platform_id: str) -> list[Outcome]:
    """Read each outcome with its receipt; one whose receipt the platform has not signed is left without."""
    with house.database.read() as connection:
        keys = public_keys(parties.get(connection, platform_id).jwks)
    told = []
    for one in said.outcomes:
        outcome = one.said()
        with suppress(FalseReceipt):
            outcome = read_receipt(one.receipt, outcome, keys=keys, platform=platform_id, hub=house.issuer)
        told.append(outcome)
    return told
