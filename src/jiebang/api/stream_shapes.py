"""The shapes of streams, in the words of SSF 1.0 and RFC 8936."""

from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from jiebang.domain.errors import FixedByTheHub
from jiebang.domain.number import Number, parse
from jiebang.domain.stream import (
    REASON,
    SUPPORTED,
    DefaultSubjects,
    Push,
    ReceiverInside,
    Stream,
    StreamStatus,
)
from jiebang.house import House

POLL: Literal["urn:ietf:rfc:8936"] = "urn:ietf:rfc:8936"
PUSH: Literal["urn:ietf:rfc:8935"] = "urn:ietf:rfc:8935"
Method = Literal["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"]

_URL = TypeAdapter(AnyHttpUrl)

EventUri = Annotated[str, Field(max_length=256)]
EventUris = Annotated[list[EventUri], Field(max_length=100)]
StreamId = Annotated[str, Field(min_length=1, max_length=64)]
Jti = Annotated[str, Field(max_length=256)]
Reason = Annotated[str, Field(max_length=REASON)]


class Scheme(BaseModel):
    """How callers are authorised (SSF 1.0 §7.1.1)."""

    spec_urn: str


class Configuration(BaseModel):
    """What a transmitter offers, and where (SSF 1.0 §7.1)."""

    spec_version: Literal["1_0"] = "1_0"
    issuer: str
    jwks_uri: str
    delivery_methods_supported: list[str] = [POLL, PUSH]
    configuration_endpoint: str
    status_endpoint: str
    add_subject_endpoint: str
    remove_subject_endpoint: str
    verification_endpoint: str
    authorization_schemes: list[Scheme] = [Scheme(spec_urn="urn:ietf:rfc:6749")]
    default_subjects: DefaultSubjects = DefaultSubjects.ALL


class DeliveryWish(BaseModel):
    """How a platform wants its letters."""

    method: Method = POLL
    endpoint_url: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None,
        description="Of poll: set by the hub; if you send it, send it unchanged. Of push: where to.",
    )
    authorization_header: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="Of push: what the hub sends as `Authorization`. It is never shown again."
    )

    @model_validator(mode="after")
    def _pushed_somewhere(self) -> Self:
        """Letters travel encrypted, but for a receiver on the hub's own machine."""
        if self.method == PUSH:
            said = self.endpoint_url or ""
            try:
                url = _URL.validate_python(said)
            except ValidationError:
                raise ValueError("push needs an endpoint_url, with a host that there can be") from None
            if " " in said or not said.isprintable():
                raise ValueError("an endpoint_url is one line without spaces")
            near = url.scheme == "http" and url.host in {"127.0.0.1", "localhost", "[::1]"}
            if not near and url.scheme != "https":
                raise ValueError("push needs an endpoint_url that begins with https://")
        if not (self.authorization_header or "").isprintable():
            raise ValueError("a header is one line of text")
        return self

    def push(self, house: House, *, now: Push | None = None) -> Push | None:
        """
        Say it in the domain's words; a header that is not said again stays, for the same address.

        Refuses with `ReceiverInside`.
        """
        if self.method != PUSH:
            return None
        url = self.endpoint_url or ""
        if not house.outside.may_have(url):
            raise ReceiverInside
        if self.authorization_header is not None:
            return Push(url=url, locked=house.safe.lock(self.authorization_header, place=url))
        return now if now is not None and now.url == url else Push(url=url)


class Delivery(BaseModel):
    """How letters are taken: from where they are polled, or to where they are posted."""

    method: Method = POLL
    endpoint_url: str


class StreamWish(BaseModel):
    """What a platform says when it opens a stream (SSF 1.0 §8.1.1.1)."""

    delivery: DeliveryWish = DeliveryWish()
    events_requested: EventUris = Field(default_factory=lambda: [event.value for event in SUPPORTED])
    description: Reason | None = None
    default_subjects: DefaultSubjects = Field(
        default=DefaultSubjects.ALL, description="Whose signals the stream carries at first; our own member."
    )


class StreamChange(BaseModel):
    """What a platform says when it changes a stream (SSF 1.0 §8.1.1.3, §8.1.1.4)."""

    stream_id: StreamId
    iss: str | None = None
    aud: str | list[str] | None = None
    delivery: DeliveryWish | None = None
    events_requested: EventUris | None = None
    description: Reason | None = None
    default_subjects: DefaultSubjects | None = Field(
        default=None, description="When it is another, subjects that were added or taken off are forgotten."
    )


class StreamShape(BaseModel):
    """A stream's configuration (SSF 1.0 §8.1.1)."""

    stream_id: str
    iss: str
    aud: str
    delivery: Delivery
    events_supported: list[str]
    events_requested: list[str]
    events_delivered: list[str]
    min_verification_interval: int = Field(description="Seconds.")
    default_subjects: DefaultSubjects
    description: str | None = None


class StatusShape(BaseModel):
    """Whether a stream rests, and why (SSF 1.0 §8.1.2)."""

    stream_id: StreamId
    status: StreamStatus
    reason: Reason | None = None


class Verification(BaseModel):
    """A wish for a verification letter; `state` comes back in it (SSF 1.0 §8.1.4.2)."""

    stream_id: StreamId
    state: str | None = Field(default=None, max_length=1024)


class Subject(BaseModel):
    """Whom or what it is about (RFC 9493): here always a telephone number."""

    format: Literal["phone_number"]
    phone_number: Annotated[str, Field(max_length=40)]

    def number(self) -> Number:
        """Say it in the domain's words; refuses with `NotANumber`."""
        return parse(self.phone_number)


class SubjectWish(BaseModel):
    """A wish to hear of a number, or not to (SSF 1.0 §8.1.3)."""

    stream_id: StreamId
    subject: Subject


class Unreadable(BaseModel):
    """Why a letter could not be read (RFC 8936 §2.6)."""

    err: Annotated[str, Field(max_length=64)]
    description: Annotated[str, Field(max_length=1000)] = ""


class Poll(BaseModel):
    """What a platform says when it polls (RFC 8936 §2.4)."""

    model_config = ConfigDict(populate_by_name=True)

    max_events: int = Field(alias="maxEvents", default=100, ge=0, strict=True)
    return_immediately: bool = Field(alias="returnImmediately", default=False, strict=True)
    ack: list[Jti] = Field(default_factory=list, max_length=10_000)
    set_errs: dict[Jti, Unreadable] = Field(alias="setErrs", default_factory=dict)


class Polled(BaseModel):
    """Letters, by `jti` (RFC 8936 §2.3); `moreAvailable` only where it is true."""

    sets: dict[str, str]
    more_available: Literal[True] | None = Field(default=None, serialization_alias="moreAvailable")


def shape_of(stream: Stream, house: House) -> StreamShape:
    """Write a stream's configuration out."""
    return StreamShape(
        stream_id=stream.id,
        iss=house.issuer,
        aud=stream.platform_id,
        delivery=_delivery(stream, house),
        events_supported=[event.value for event in SUPPORTED],
        events_requested=list(stream.events_requested),
        events_delivered=[event.value for event in stream.events_delivered],
        min_verification_interval=int(house.policy.verify_every.total_seconds()),
        default_subjects=stream.default_subjects,
        description=stream.description,
    )


def _delivery(stream: Stream, house: House) -> Delivery:
    if stream.push is not None:
        return Delivery(method=PUSH, endpoint_url=stream.push.url)
    return Delivery(endpoint_url=f"{house.issuer}/ssf/poll/{stream.id}")


def check_unchanged(change: StreamChange, stream: Stream, *, house: House) -> None:
    """Refuse with `FixedByTheHub` what only the hub sets, unless it is sent as it is (SSF 1.0 §8.1.1.3)."""
    now = shape_of(stream, house)
    polls = change.delivery is not None and change.delivery.method == POLL
    url = change.delivery.endpoint_url if change.delivery and polls else None
    if change.iss not in (None, now.iss) or change.aud not in (None, now.aud, [now.aud]):
        raise FixedByTheHub
    if url not in (None, f"{house.issuer}/ssf/poll/{stream.id}"):
        raise FixedByTheHub
