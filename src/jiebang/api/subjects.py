"""Whose signals a stream carries (SSF 1.0 §8.1.3): numbers added and taken off; only hashes are kept."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response, Security

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.stream_shapes import SubjectWish
from jiebang.domain.errors import NotANumber, UnknownStream
from jiebang.flows import add_subject as adding
from jiebang.flows import remove_subject as removing
from jiebang.wire.oauth import Grant

router = APIRouter(prefix="/ssf/subjects", tags=["Shared Signals"])

Manager = Annotated[Grant, Security(caller, scopes=["ssf.manage"])]


@router.post("/add", response_class=Response, responses=told(UnknownStream, NotANumber))
def add_subject(wish: SubjectWish, house: InHouse, *, grant: Manager) -> Response:
    """Hear of a number from now on. A stream of `default_subjects` ALL hears of every number anyway."""
    adding.add_subject(
        house.database,
        grant.party_id,
        stream_id=wish.stream_id,
        number=wish.subject.number(),
        secret=house.subject_secret,
    )
    return Response()


@router.post("/remove", status_code=HTTPStatus.NO_CONTENT, responses=told(UnknownStream, NotANumber))
def remove_subject(wish: SubjectWish, house: InHouse, *, grant: Manager) -> None:
    """Hear of a number no more."""
    removing.remove_subject(
        house.database,
        grant.party_id,
        stream_id=wish.stream_id,
        number=wish.subject.number(),
        secret=house.subject_secret,
    )
