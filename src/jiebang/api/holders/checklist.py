"""What a holder who gives the number up has to go through, and how far they are."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Reading
from jiebang.api.holders.shapes import PlatformShape, platform_shape
from jiebang.domain.binding import OrderKind, Origin, RecordClass, RecordKind
from jiebang.domain.choice import Choice
from jiebang.domain.deed import DeedKind
from jiebang.domain.errors import ProofStale
from jiebang.domain.leaving import Item, Stand, Urgency
from jiebang.domain.query import Standing
from jiebang.domain.showing import NotYourProof
from jiebang.flows.note_deed import note_deed
from jiebang.flows.see_checklist import see_checklist

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class ItemShape(BaseModel):
    """One record that the holder has to decide about."""

    id: str | None = Field(
        default=None,
        description="The record's id: order and decide with it. Left out where no kept answer names it.",
    )
    query_id: str | None = Field(default=None, description="The query that has found it.")
    order_id: str | None = Field(
        default=None, description="Where no kept answer names the record: the order that tells of it."
    )
    platform: PlatformShape
    kind: RecordKind
    record_class: RecordClass | None = Field(default=None, serialization_alias="class")
    label: str = Field(description="For the holder to recognise it by, masked by the platform.")
    other_logins: int | None = Field(
        default=None, description="Ways in that remain without the number; 0: it is the last one."
    )
    conditions: list[str] = Field(description="What must be settled first.")
    origin: Origin
    urgency: Urgency | None = Field(
        default=None,
        description="Left out of an account that no kept answer names: nothing says what it is for.",
    )
    stand: Stand
    choice: Choice | None = Field(default=None, description="What the holder has said of it.")
    offers: list[OrderKind] = Field(description="What may be ordered about it now.")
    choices: list[Choice] = Field(description="What can be said of it now.")
    change_url: str | None = Field(
        default=None, description="Where the platform puts another number in the place of this one."
    )


class UnansweredShape(BaseModel):
    """A platform that was asked and has not answered. Silence is not "nothing found"."""

    platform: PlatformShape
    standing: Standing


class ChecklistShape(BaseModel):
    """All that there is to go through, most urgent first, as far as platforms were asked and answered."""

    asked: int = Field(description="Platforms that were asked.")
    answered: int = Field(description="Of them, those that have answered.")
    awaited: int = Field(description="Of them, those whose answer may still come.")
    unanswered: list[UnansweredShape] = Field(
        description="Those that have not answered: name them, also when all is finished."
    )
    open_orders: int = Field(
        description="Orders that are not done, those about what an earlier holder left among them."
    )
    items: list[ItemShape]
    finished: bool = Field(description="Whether all is decided and done: then it can be stated.")
    stated_at: datetime | None = Field(
        default=None, description="When the carrier was last told that nothing is left."
    )


@router.get(
    "/checklist", response_model_exclude_none=True, responses=told(NotYourProof, ProofStale, body=False)
)
def go_through(house: InHouse, proof: Reading) -> ChecklistShape:
    """See everything of the holder's own, and what may be; what an earlier one left is not among it."""
    seen = see_checklist(
        house.database, proof, now=house.now(), policy=house.policy, secret=house.number_secret
    )
    note_deed(house.database, proof, kind=DeedKind.CHECKLIST_SEEN, now=house.now())
    it, enough = seen.checklist, proof.enough(house.policy)
    return ChecklistShape(
        asked=it.asked, answered=it.answered, awaited=it.awaited, open_orders=it.open_orders,
        unanswered=[
            UnansweredShape(platform=platform_shape(one.platform), standing=one.standing)
            for one in it.unanswered
        ],
        items=[_item(item, enough=enough) for item in it.items],
        finished=it.finished, stated_at=seen.stated_at,
    )  # fmt: skip


def _item(item: Item, *, enough: frozenset[str]) -> ItemShape:
    named, offers = item.named, item.offers(enough=enough)
    return ItemShape(
        id=item.id if named else None, query_id=named.query_id if named else None,
        order_id=None if named else item.id, platform=platform_shape(item.platform), kind=item.kind,
        record_class=named.binding.record_class if named else None, label=item.label,
        other_logins=named.binding.other_logins if named else None,
        conditions=list(named.binding.conditions) if named else [], origin=item.origin,
        urgency=item.urgency, stand=item.stand, choice=item.choice,
        offers=[kind for kind in OrderKind if kind in offers],
        choices=[choice for choice in Choice if choice in item.choices],
        change_url=item.platform.change_url,
    )  # fmt: skip
