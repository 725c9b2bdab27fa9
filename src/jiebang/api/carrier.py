"""A carrier reports what happened to numbers, as CloudEvents: each judged alone, each bad one named."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response, Security
from pydantic import BaseModel

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import problems, told
from jiebang.api.problems import NOT_JSON, NOT_UNDERSTOOD, Problem, written
from jiebang.api.reports import BATCH, SINGLE, Item, NotABatch, Report, Said, read_items
from jiebang.domain.policy import BATCH_MOST
from jiebang.domain.rejections import StillHeld
from jiebang.domain.verdict import Fate, Verdict
from jiebang.flows.load_changes import Marked, load_changes
from jiebang.store import parties
from jiebang.wire.change_rows import Reading
from jiebang.wire.oauth import Grant

router = APIRouter(prefix="/carrier/v1", tags=["Carriers"])


class RefusedChange(BaseModel):
    """One change that was not taken: which, and why."""

    index: int
    id: str | None = None
    code: str
    title: str


class ChangesRefused(Problem):
    """Some changes were not taken; the others were."""

    taken: int | None = None
    known: int | None = None
    refused: list[RefusedChange] | None = None


UNKNOWN_KIND = Problem(
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    code="unsupported_media_type",
    title="Changes are sent as CloudEvents 1.0: structured, in batches, or with ce- headers.",
)


async def _body(request: Request) -> bytes:
    return await request.body()


def _described() -> dict[str, Any]:
    single = Report.model_json_schema(ref_template="#/components/schemas/{model}")
    single.pop("$defs")
    single["properties"]["data"] = Said.model_json_schema()
    contents = {
        BATCH: {"schema": {"type": "array", "items": single}},
        SINGLE: {"schema": single},
        "application/json": {"schema": Said.model_json_schema()},
    }
    return {"requestBody": {"required": True, "content": contents}}


_SOME = ChangesRefused(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    code="changes_refused",
    title="Some changes were not taken; the others were.",
    taken=1,
    known=0,
    refused=[RefusedChange(index=1, id="2", code=StillHeld.code, title=str(StillHeld()))],
)
_ANSWERS = told() | problems(NOT_UNDERSTOOD, _SOME, UNKNOWN_KIND)
_ANSWERS[422]["model"] = ChangesRefused
_ANSWERS[204] = {"description": "All changes are taken, or were known."}


@router.post(
    "/changes", status_code=204, response_class=Response, responses=_ANSWERS, openapi_extra=_described()
)
def changes(
    request: Request,
    house: InHouse,
    *,
    body: Annotated[bytes, Depends(_body)],
    grant: Annotated[Grant, Security(caller, scopes=["changes.write"])],
) -> Response:
    """Report changes. Each is judged after those before it; the same again changes nothing."""
    with house.database.read() as connection:
        zone = ZoneInfo(parties.get(connection, grant.party_id).timezone)
    reading = Reading(zone, carrier_id=grant.party_id)
    try:
        items = read_items(body, request.headers, reading=reading)
    except NotABatch:
        return written(NOT_UNDERSTOOD)
    except (ValueError, RecursionError):
        return written(NOT_JSON)
    if items is None:
        return written(UNKNOWN_KIND)
    if len(items) > BATCH_MOST:
        most = f"A batch has at most {BATCH_MOST} items."
        return written(NOT_UNDERSTOOD.model_copy(update={"detail": most}))
    good = [item for item in items if item.change is not None]
    verdicts = load_changes(
        house.database,
        grant.party_id,
        changes=Marked(
            [item.change for item in good if item.change is not None], [item.mark for item in good]
        ),
        now=house.now(),
        policy=house.policy,
        secret=house.number_secret,
    )
    return _answer(items, verdicts)


def _answer(items: Sequence[Item], verdicts: Sequence[Verdict]) -> Response:
    judged = iter(verdicts)
    refused = []
    for index, item in enumerate(items):
        code, title = item.code, item.title
        if item.change is not None and (refusal := next(judged).refusal) is not None:
            code, title = refusal.code, str(refusal)
        if code:
            refused.append(RefusedChange(index=index, id=item.id, code=code, title=title))
    if not refused:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    fates = [verdict.fate for verdict in verdicts]
    taken, known = fates.count(Fate.RECORDED), fates.count(Fate.ALREADY)
    return written(_SOME.model_copy(update={"taken": taken, "known": known, "refused": refused}))
