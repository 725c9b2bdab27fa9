"""What platforms send and get back: shapes of the protocol, and their way into the domain's words."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

from jiebang.domain.binding import Binding, Bound, BoundSource, OrderKind, Precision, RecordClass, RecordKind
from jiebang.domain.order import Denial
from jiebang.domain.outcome import Outcome, Said
from jiebang.domain.policy import BATCH_MOST, WORDS_MOST
from jiebang.domain.verdict import Fate, Verdict
from jiebang.flows.record_answers import Answer

Id = Annotated[str, Field(min_length=1, max_length=64)]
Words = Annotated[str, Field(max_length=WORDS_MOST)]


def _written_out(at: object) -> object:
    """Refuse a bare number, which would be read as seconds since 1970; RFC 3339 writes instants out."""
    if at is None or (isinstance(at, str) and _A_DATE.match(at)):
        return at
    raise ValueError("write the instant out, with its offset from UTC")


def _within_reason(at: datetime) -> datetime:
    """Refuse the ends of the calendar, where a day or an hour more is no instant any more."""
    if at.year not in _YEARS:
        raise ValueError(f"the year must be one from {_YEARS.start} to {_YEARS.stop - 1}")
    return at


_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1900, 2200)
Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_within_reason)]


class BoundShape(BaseModel):
    """When the number was bound, as well as the platform knows it."""

    at: Instant | None = Field(description="A day or a month is given as its first instant, in your zone.")
    precision: Precision = Precision.INSTANT
    source: BoundSource = Field(description="From what you know it; with `unknown`, `at` is null.")


class BindingShape(BaseModel):
    """One record of yours that uses the number."""

    handle: str = Field(min_length=1, max_length=256, description="Your own opaque name for it.")
    kind: RecordKind
    label: str = Field(max_length=200, description="For the holder to recognise it by, masked by you.")
    record_class: RecordClass = Field(alias="class")
    bound: BoundShape
    last_used: Instant | None = None
    other_logins: int | None = Field(
        default=None, ge=0, strict=True, description="Ways in that remain without the number."
    )
    can: frozenset[OrderKind] = Field(
        default=frozenset({OrderKind.UNBIND}), json_schema_extra={"uniqueItems": False}
    )
    conditions: list[Words] = Field(
        default_factory=list, max_length=20, description="What must be settled first."
    )

    def binding(self, now: datetime) -> Binding:
        """Say it in the domain's words; `now` is when it was said."""
        bound = Bound(at=self.bound.at, precision=self.bound.precision, source=self.bound.source)
        return Binding(
            handle=self.handle,
            kind=self.kind,
            label=self.label,
            record_class=self.record_class,
            bound=bound.span(now),
            bound_source=self.bound.source,
            last_used=self.last_used,
            other_logins=self.other_logins,
            can=self.can,
            conditions=tuple(self.conditions),
        )


class AnswerShape(BaseModel):
    """What you have to say to one query."""

    query_id: Id
    complete: bool = Field(
        strict=True, description="Whether this is all; what comes after a complete answer is passed over."
    )
    bindings: list[BindingShape] = Field(max_length=BATCH_MOST)

    def answer(self, now: datetime) -> Answer:
        """Say it in the flow's words."""
        told = tuple(binding.binding(now) for binding in self.bindings)
        return Answer(query_id=self.query_id, complete=self.complete, bindings=told)


class Answers(BaseModel):
    """A batch of answers; each is judged on its own."""

    answers: list[AnswerShape] = Field(max_length=BATCH_MOST)


class OutcomeShape(BaseModel):
    """What became of one order."""

    order_id: Id
    outcome: Said
    reason: Denial | None = Field(default=None, description="Only of a denial; without it: `other`.")
    words: Words | None = Field(default=None, description="What you add to a denial, for the holder.")
    at: Instant = Field(description="When it happened, by your clock.")
    receipt: str = Field(
        min_length=1,
        max_length=4096,
        description="All of this and the letter's fingerprint, signed with your key: a compact JWS.",
    )
    attempt: int | None = Field(
        default=None, ge=1, strict=True, description="That of the letter; without it the latest is meant."
    )

    def said(self) -> Outcome:
        """Say it in the flow's words."""
        return Outcome(
            order_id=self.order_id, said=self.outcome, at=self.at, reason=self.reason, words=self.words,
            attempt=self.attempt,
        )  # fmt: skip


class Outcomes(BaseModel):
    """A batch of outcomes; each is judged on its own."""

    outcomes: list[OutcomeShape] = Field(max_length=BATCH_MOST)


class RefusalShape(BaseModel):
    """Why one item was refused."""

    code: str
    title: str


class AnswerVerdict(BaseModel):
    """How one answer fared."""

    query_id: str
    status: Fate
    refusal: RefusalShape | None = None


class AnswerVerdicts(BaseModel):
    """How each answer fared, in the order in which they came."""

    verdicts: list[AnswerVerdict] = Field(serialization_alias="results")


class OutcomeVerdict(BaseModel):
    """How one outcome fared."""

    order_id: str
    status: Fate
    refusal: RefusalShape | None = None


class OutcomeVerdicts(BaseModel):
    """How each outcome fared, in the order in which they came."""

    verdicts: list[OutcomeVerdict] = Field(serialization_alias="results")


def refusal_of(verdict: Verdict) -> RefusalShape | None:
    """Say why an item was refused; `None` when it was not."""
    refusal = verdict.refusal
    return None if refusal is None else RefusalShape(code=refusal.code, title=str(refusal))
