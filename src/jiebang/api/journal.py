"""The journal's seals, for whoever wants to hold the hub to them; what is in it is not shown here."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import Responses, problems
from jiebang.api.problems import NOT_UNDERSTOOD, problem_of
from jiebang.domain.journal import NeverSealed
from jiebang.domain.merkle import prove_consistency
from jiebang.store import journal

router = APIRouter(tags=["Journal"])


class Consistency(BaseModel):
    """That the journal has only grown."""

    path: list[str] = Field(description="Digests in Base64, as RFC 9162 §2.1.4 has them.")


_TEXT: Responses = {200: {"content": {"text/plain; charset=utf-8": {"schema": {"type": "string"}}}}}


@router.get("/journal/key", response_class=Response, responses=_TEXT)
def key(house: InHouse) -> PlainTextResponse:
    """The public key that checkpoints are signed with, as a `vkey` (C2SP signed-note)."""
    return PlainTextResponse(f"{house.sealer.verifier()}\n")


@router.get(
    "/journal/checkpoint",
    response_class=Response,
    responses=_TEXT | problems(problem_of(NeverSealed)),
)
def checkpoint(house: InHouse) -> PlainTextResponse:
    """The newest checkpoint: how many entries there are, and their root, signed (C2SP tlog-checkpoint)."""
    with house.database.read() as connection:
        newest = journal.latest_checkpoint(connection)
    if newest is None:
        raise NeverSealed
    return PlainTextResponse(newest)


@router.get(
    "/journal/consistency",
    responses=problems(NOT_UNDERSTOOD, problem_of(NeverSealed)),
)
def consistency(
    house: InHouse, *, old: Annotated[int, Query(ge=0)], size: Annotated[int, Query(ge=0)]
) -> Consistency:
    """Show that the journal of `size` entries is that of `old` entries, with more after them."""
    with house.database.read() as connection:
        if not old <= size <= journal.sealed_size(connection):
            raise NeverSealed
        path = prove_consistency(old, size, perfect=journal.tree(connection))
    return Consistency(path=[b64encode(one).decode() for one in path])
