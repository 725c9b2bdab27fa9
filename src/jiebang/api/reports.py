"""
CloudEvents 1.0 as carriers send them: one, a batch, or one whose attributes are headers.

Read by hand and not with the CloudEvents SDK: that takes what is missing for an exception of the whole
request, and a batch is judged item by item here. The SDK writes what the tests send.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jiebang.api.shapes import Instant
from jiebang.domain.errors import NotANumber
from jiebang.domain.tenure import Change, ChangeKind
from jiebang.wire.change_rows import Reading

BATCH, SINGLE = "application/cloudevents-batch+json", "application/cloudevents+json"
TYPES = {f"org.jiebang.change.{kind}": kind for kind in ChangeKind}
_HEADER = "ce-"
_Attribute = Annotated[str, Field(min_length=1, max_length=256)]


def _known(said: str) -> str:
    if said not in TYPES:
        raise ValueError("nothing of that name can happen to a line")
    return said


def _media_type(said: object) -> object:
    """Leave a media type without its parameters, such as a charset; case is nothing (RFC 9110, 8.3.1)."""
    return said.partition(";")[0].strip().lower() if isinstance(said, str) else said


class Said(BaseModel):
    """What a change event says: the columns of a change file's row."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(description="E.164, with the plus sign.", examples=["+8613700137001"])
    at: str = Field(
        description="A day, two days with a slash between, or an instant with its offset.",
        examples=["2026-03-01", "2026-03-01/2026-03-03", "2026-03-01T09:30:00+08:00"],
    )
    holder: str | None = Field(default=None, description="Your own opaque reference to the holder.")
    takes_back: str | None = Field(default=None, description="Of a correction: which change it takes back.")


class Report(BaseModel):
    """One CloudEvent about one line. Extension attributes are passed over."""

    specversion: Literal["1.0"]
    id: _Attribute
    source: _Attribute
    type: Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(TYPES)})]
    datacontenttype: Annotated[Literal["application/json"] | None, BeforeValidator(_media_type)] = None
    time: Instant | None = None
    data: Said


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a batch: a change with its mark, or why it is none."""

    id: str | None
    change: Change | None = None
    mark: str = ""
    code: str = ""
    title: str = ""


class NotABatch(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The body is not what its media type says."""


def read_items(body: bytes, headers: Mapping[str, str], *, reading: Reading) -> list[Item] | None:
    """
    Read what a carrier has sent, item by item; `None` when it is not sent as CloudEvents at all.

    Raises `json.JSONDecodeError` for a body that is not JSON, and `NotABatch`.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCH:
        said = json.loads(body)
        if not isinstance(said, list):
            raise NotABatch
        return [_item(one, reading) for one in said]
    if kind == SINGLE:
        return [_item(json.loads(body), reading)]
    if f"{_HEADER}specversion" in headers and kind == "application/json":
        attributes: dict[str, Any] = {
            name.removeprefix(_HEADER): unquote(value)
            for name, value in headers.items()
            if name.startswith(_HEADER)
        }
        return [_item(attributes | {"data": json.loads(body)}, reading)]
    return None


def _id(said: object) -> str | None:
    """Find by which id an item can be named; half a character (a lone surrogate) cannot be sent back."""
    named = said.get("id") if isinstance(said, dict) else None
    if not isinstance(named, str):
        return None
    try:
        named.encode()
    except UnicodeEncodeError:
        return None
    return named


def _item(said: object, reading: Reading) -> Item:
    id_ = _id(said)
    try:
        event = Report.model_validate(said)
        data = event.data
        change = reading.change(data.number, TYPES[event.type], data.at, data.holder, data.takes_back)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        # Only where and what, never the value; names of members that we do not know may hold anything.
        where = ".".join(str(part) for part in first["loc"] if first["type"] != "extra_forbidden")
        return Item(id_, code="not_understood", title=f"{where or 'event'}: {first['msg']}")
    except NotANumber as refusal:
        return Item(id_, code=refusal.code, title=str(refusal))
    except ValueError as wrong:
        return Item(id_, code="not_understood", title=str(wrong))
    mark = hashlib.sha256(f"{event.source}\n{event.id}".encode()).hexdigest()
    return Item(id_, change=change, mark=mark)
