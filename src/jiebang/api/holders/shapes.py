"""What fronts are shown: platforms, records and orders, in the words of the protocol."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from jiebang.domain.binding import BoundSource, OrderKind, Origin, RecordClass, RecordKind
from jiebang.domain.choice import Choice
from jiebang.domain.ground import remind_at
from jiebang.domain.order import Denial, Order, State
from jiebang.domain.party import Party
from jiebang.domain.policy import Policy
from jiebang.domain.query import Standing
from jiebang.domain.span import Span
from jiebang.flows.follow_orders import Timeline
from jiebang.flows.see_records import Card, Findings, Standpoint
from jiebang.store.orders import Step


class PlatformShape(BaseModel):
    """A platform that can be asked."""

    id: str
    name: str = Field(description="As people call it.")


class FrontShape(BaseModel):
    """A front through which a holder came."""

    id: str
    name: str = Field(description="As people call it.")


class SpanShape(BaseModel):
    """When something happened, as honestly as it is known; what is not there is not known."""

    not_before: datetime | None = None
    not_after: datetime | None = None


class BoundShape(SpanShape):
    """When the number was bound, and from what the platform knows it."""

    source: BoundSource


class StandingShape(BaseModel):
    """How one platform stands with its answer. Silence is not "nothing found"."""

    platform: PlatformShape
    standing: Standing
    records: int = Field(description="How many records it has named so far.")
    partly: bool = Field(
        description='Whether it has said what it has seen so far, and not all: "none" is not "nothing" then.'
    )


class OrderMark(BaseModel):
    """The newest order about a record."""

    id: str
    kind: OrderKind
    state: State


class RecordShape(BaseModel):
    """One record that uses the number."""

    id: str = Field(description="Order with this.")
    platform: PlatformShape
    kind: RecordKind
    record_class: RecordClass = Field(serialization_alias="class")
    label: str = Field(description="For the holder to recognise it by, masked by the platform.")
    bound: BoundShape
    last_used: datetime | None = None
    other_logins: int | None = Field(
        default=None, description="Ways in that remain without the number; 0: it is the last one."
    )
    conditions: list[str] = Field(
        description="What must be settled first: show it before anything is ordered."
    )
    origin: Origin
    offers: list[OrderKind] = Field(description="What may be ordered about it now.")
    order: OrderMark | None = None
    choice: Choice | None = Field(
        default=None, description="What the holder has said of it since they last ordered something about it."
    )


class QueryShape(BaseModel):
    """What a query has brought so far."""

    id: str
    asked_at: datetime
    held_since: SpanShape | None = Field(
        default=None, description="Since when the number is the holder's, as far as their carrier has said."
    )
    platforms: list[StandingShape]
    records: list[RecordShape]
    awaited: bool = Field(description="Whether an answer may still come.")


class StepShape(BaseModel):
    """One step that an order has taken."""

    state: State
    at: datetime
    by: str = Field(
        description="`holder`, `hub`, or the id of the platform, front or carrier whose doing it was."
    )
    through: str | None = Field(default=None, description="The name of the front whose doing it was.")
    said_at: datetime | None = Field(default=None, description="When, by the platform's own clock.")
    because: str | None = Field(
        default=None, description="`number_left`: the carrier said so, and it is revoked."
    )
    early: bool | None = Field(
        default=None, description="`true`: said by the platform while the account's owner could still object."
    )


class OrderShape(BaseModel):
    """One order's life so far, and what lies ahead."""

    id: str
    kind: OrderKind
    platform: PlatformShape
    record_kind: RecordKind
    label: str
    origin: Origin = Field(description="Whose the record was when the order was placed.")
    state: State
    placed_at: datetime
    placed_through: str | None = Field(
        default=None, description="The name of the front; left out for the hub's own portal."
    )
    leave_at: datetime = Field(description="When the platform hears of it.")
    object_until: datetime | None = Field(default=None, description="Until when its owner can object.")
    due: datetime
    reason: Denial | None = Field(default=None, description="Of a denial.")
    words: str | None = Field(default=None, description="What the platform adds to a denial.")
    remind_at: datetime | None = Field(
        default=None,
        description="Of a closing: when the holder is reminded by text, while it can be taken back.",
    )
    revocable: bool
    unchecked: bool = Field(
        description="Whether the platform says that it is done, and has not let the hub check."
    )
    steps: list[StepShape]
    ahead: list[State] = Field(description="What is still to come when all goes well.")


def platform_shape(platform: Party) -> PlatformShape:
    """Show a platform."""
    return PlatformShape(id=platform.id, name=platform.name)


def front_shape(front: Party) -> FrontShape:
    """Show a front."""
    return FrontShape(id=front.id, name=front.name)


def query_shape(findings: Findings) -> QueryShape:
    """Show what a query has brought."""
    held = findings.tenure
    return QueryShape(
        id=findings.query.id,
        asked_at=findings.query.asked_at,
        held_since=None if held is None else _span(held.since),
        platforms=[_standing(one) for one in findings.platforms],
        records=[_record(card) for card in findings.cards],
        awaited=findings.awaited,
    )


def order_shape(timeline: Timeline, policy: Policy) -> OrderShape:
    """Show an order."""
    order = timeline.order
    denied = timeline.state is State.DENIED
    return OrderShape(
        id=order.id, kind=order.kind, platform=platform_shape(timeline.platform),
        record_kind=order.record_kind, label=order.label, origin=order.origin, state=timeline.state,
        placed_at=order.placed_at, placed_through=timeline.front.name if timeline.front else None,
        leave_at=order.leave_at, object_until=order.object_until, due=order.due,
        reason=order.reason if denied else None, words=order.words if denied else None,
        remind_at=_remind_at(order, policy), revocable=timeline.revocable, unchecked=timeline.unchecked,
        steps=[_step(one, timeline.fronts) for one in timeline.steps],
        ahead=list(timeline.ahead),
    )  # fmt: skip


def _remind_at(order: Order, policy: Policy) -> datetime | None:
    """When a holder is reminded of a closing: once, before the platform first hears of it."""
    if order.kind is not OrderKind.DEREGISTER or order.attempt > 1:
        return None
    return remind_at(order.leave_at, placed_at=order.placed_at, policy=policy)


def _step(one: Step, fronts: Mapping[str, Party]) -> StepShape:
    through = fronts[one.by].name if one.by in fronts else None
    return StepShape(
        state=one.state, at=one.at, by=one.by, through=through, said_at=one.said_at, because=one.because,
        early=one.early or None,
    )  # fmt: skip


def _standing(one: Standpoint) -> StandingShape:
    return StandingShape(
        platform=platform_shape(one.platform), standing=one.standing, records=one.records, partly=one.partly
    )


def _record(card: Card) -> RecordShape:
    it, order = card.binding, card.order
    mark = OrderMark(id=order.id, kind=order.kind, state=card.state) if order and card.state else None
    return RecordShape(
        id=card.id, platform=platform_shape(card.platform), kind=it.kind, record_class=it.record_class,
        label=it.label, bound=BoundShape(**_span(it.bound).model_dump(), source=it.bound_source),
        last_used=it.last_used, other_logins=it.other_logins, conditions=list(it.conditions),
        origin=card.origin, offers=[kind for kind in OrderKind if kind in card.offers], order=mark,
        choice=card.choice,
    )  # fmt: skip


def _span(span: Span) -> SpanShape:
    return SpanShape(not_before=span.not_before, not_after=span.not_after)
