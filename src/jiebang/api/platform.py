"""Platforms answer questions and say what became of orders: idempotent batches, each item judged alone."""

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
from jiebang.flows.record_answers import record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.wire.oauth import Grant

router = APIRouter(prefix="/platform/v1", tags=["Platforms"])


@router.post("/answers", response_model_exclude_none=True, responses=told())
def answers(
    said: Answers, house: InHouse, *, grant: Annotated[Grant, Security(caller, scopes=["answers.write"])]
) -> AnswerVerdicts:
    """Answer questions. Sending the same answers again changes nothing."""
    now = house.now()
    batch = [one.answer(now) for one in said.answers]
    verdicts = record_answers(house.database, grant.party_id, answers=batch, now=now)
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
    batch = [one.said() for one in said.outcomes]
    verdicts = record_outcomes(
        house.database, grant.party_id, outcomes=batch, now=house.now(), policy=house.policy
    )
    return OutcomeVerdicts(
        verdicts=[
            OutcomeVerdict(order_id=one.order_id, status=verdict.fate, refusal=refusal_of(verdict))
            for one, verdict in zip(batch, verdicts, strict=True)
        ]
    )
