"""Streams (OpenID Shared Signals Framework 1.0 §8.1): opened, read, changed, rested, verified, closed."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Security

from jiebang.api.callers import InHouse, caller
from jiebang.api.description import told
from jiebang.api.stream_shapes import (
    Configuration,
    StatusShape,
    StreamChange,
    StreamShape,
    StreamWish,
    Verification,
    check_unchanged,
    shape_of,
)
from jiebang.domain.errors import FixedByTheHub, StreamExists, UnknownStream, VerifiedTooOften
from jiebang.domain.stream import DefaultSubjects, ReceiverInside, Stream
from jiebang.flows.change_stream import change_stream
from jiebang.flows.close_stream import close_stream
from jiebang.flows.open_stream import open_stream
from jiebang.flows.verify_stream import verify_stream
from jiebang.store import streams
from jiebang.wire.oauth import Grant

router = APIRouter(tags=["Shared Signals"])

Manager = Annotated[Grant, Security(caller, scopes=["ssf.manage"])]
Reader = Annotated[Grant, Security(caller, scopes=["ssf.read", "ssf.manage"])]
StreamId = Annotated[str, Query(min_length=1, max_length=64)]


@router.get("/.well-known/ssf-configuration")
def configuration(house: InHouse) -> Configuration:
    """Say what this transmitter offers, and where (SSF 1.0 §7.1)."""
    return Configuration(
        issuer=house.issuer,
        jwks_uri=f"{house.issuer}/jwks.json",
        configuration_endpoint=f"{house.issuer}/ssf/stream",
        status_endpoint=f"{house.issuer}/ssf/status",
        add_subject_endpoint=f"{house.issuer}/ssf/subjects/add",
        remove_subject_endpoint=f"{house.issuer}/ssf/subjects/remove",
        verification_endpoint=f"{house.issuer}/ssf/verify",
    )


@router.post(
    "/ssf/stream",
    status_code=HTTPStatus.CREATED,
    response_model_exclude_none=True,
    responses=told(StreamExists, ReceiverInside),
)
def create_stream(wish: StreamWish, house: InHouse, *, grant: Manager) -> StreamShape:
    """Open your stream; a platform has one."""
    stream = open_stream(
        house.database,
        grant.party_id,
        events=tuple(wish.events_requested),
        description=wish.description,
        default_subjects=wish.default_subjects,
        push=wish.delivery.push(house),
    )
    return shape_of(stream, house)


@router.get("/ssf/stream", response_model_exclude_none=True, responses=told(UnknownStream, body=False))
def read_stream(
    house: InHouse, grant: Reader, *, stream_id: StreamId | None = None
) -> StreamShape | list[StreamShape]:
    """Read your stream; without a `stream_id`, a list of all of yours, which has one or none."""
    with house.database.read() as connection:
        if stream_id is not None:
            return shape_of(streams.get(connection, stream_id, platform_id=grant.party_id), house)
        stream = streams.of_platform(connection, grant.party_id)
    return [] if stream is None else [shape_of(stream, house)]


@router.patch(
    "/ssf/stream",
    response_model_exclude_none=True,
    responses=told(UnknownStream, FixedByTheHub, ReceiverInside),
)
def patch_stream(change: StreamChange, house: InHouse, *, grant: Manager) -> StreamShape:
    """Change what you name, and leave the rest."""

    def changed(stream: Stream) -> Stream:
        check_unchanged(change, stream, house=house)
        if change.events_requested is not None:
            stream = replace(stream, events_requested=tuple(change.events_requested))
        if change.delivery is not None:
            stream = replace(stream, push=change.delivery.push(house, now=stream.push))
        if change.default_subjects is not None:
            stream = replace(stream, default_subjects=change.default_subjects)
        if "description" in change.model_fields_set:
            stream = replace(stream, description=change.description)
        return stream

    return shape_of(
        change_stream(house.database, grant.party_id, stream_id=change.stream_id, change=changed), house
    )


@router.put(
    "/ssf/stream",
    response_model_exclude_none=True,
    responses=told(UnknownStream, FixedByTheHub, ReceiverInside),
)
def replace_stream(change: StreamChange, house: InHouse, *, grant: Manager) -> StreamShape:
    """Set the whole configuration: what you do not name is empty afterwards."""

    def changed(stream: Stream) -> Stream:
        check_unchanged(change, stream, house=house)
        events = tuple(change.events_requested or ())
        limited = change.default_subjects or DefaultSubjects.ALL
        return replace(
            stream,
            events_requested=events,
            description=change.description,
            default_subjects=limited,
            push=change.delivery.push(house, now=stream.push) if change.delivery else None,
        )

    return shape_of(
        change_stream(house.database, grant.party_id, stream_id=change.stream_id, change=changed), house
    )


@router.delete("/ssf/stream", status_code=HTTPStatus.NO_CONTENT, responses=told(UnknownStream, body=False))
def end_stream(house: InHouse, grant: Manager, *, stream_id: StreamId) -> None:
    """Close your stream. What you have not confirmed waits for the next one."""
    close_stream(house.database, grant.party_id, stream_id=stream_id)


@router.get("/ssf/status", response_model_exclude_none=True, responses=told(UnknownStream, body=False))
def read_status(house: InHouse, grant: Reader, *, stream_id: StreamId) -> StatusShape:
    """Read whether your stream rests."""
    with house.database.read() as connection:
        stream = streams.get(connection, stream_id, platform_id=grant.party_id)
    return StatusShape(stream_id=stream.id, status=stream.status, reason=stream.reason)


@router.post("/ssf/status", response_model_exclude_none=True, responses=told(UnknownStream))
def set_status(wish: StatusShape, house: InHouse, *, grant: Manager) -> StatusShape:
    """Rest your stream or wake it. Letters of a resting stream wait, whatever the status; none is dropped."""
    stream = change_stream(
        house.database,
        grant.party_id,
        stream_id=wish.stream_id,
        change=lambda stream: replace(stream, status=wish.status, reason=wish.reason),
    )
    return StatusShape(stream_id=stream.id, status=stream.status, reason=stream.reason)


@router.post(
    "/ssf/verify",
    status_code=HTTPStatus.NO_CONTENT,
    responses=told(UnknownStream, VerifiedTooOften),
)
def verify(wish: Verification, house: InHouse, *, grant: Manager) -> None:
    """Ask for a letter that shows your stream works."""
    verify_stream(
        house.database,
        grant.party_id,
        stream_id=wish.stream_id,
        state=wish.state,
        now=house.now(),
        policy=house.policy,
    )
