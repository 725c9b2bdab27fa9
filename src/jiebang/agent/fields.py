"""The kinds of value that a configuration may hold, each refused in words when it is not right."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from jiebang.domain.errors import NotANumber
from jiebang.domain.number import SPELLINGS, Number, parse

_WEB = TypeAdapter(AnyHttpUrl)


class Part(BaseModel):
    """A part of the configuration in which every name is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Place(NamedTuple):
    """An address of this machine, and a port."""

    host: str
    port: int


def _number(text: object) -> Number:
    try:
        return parse(str(text))
    except NotANumber as refused:
        raise ValueError("must be a telephone number that can exist, with + and country code") from refused


def _spelling(name: str) -> str:
    if name not in SPELLINGS:
        raise ValueError(f"must be among {', '.join(SPELLINGS)}")
    return name


def _region(name: str) -> str:
    if name not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country of ISO 3166-1, such as CN")
    return name


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError("must be an IANA time zone, such as Asia/Shanghai") from unknown


def _web(url: str) -> str:
    try:
        known = url.startswith(("https://", "http://")) and _WEB.validate_python(url)
    except ValidationError:
        known = False
    # What stands behind a question mark would be sent with every request, and is often a secret.
    if not known or any(mark in url for mark in "@?# "):
        raise ValueError(
            "must begin with https:// (or http://), name a host, and hold no name, password or query"
        )
    return url.rstrip("/")


def _loopback(text: object) -> Place:
    host, _, port = str(text).rpartition(":")
    try:
        sound = ip_address(host.strip("[]")).is_loopback and 0 < int(port) < 2**16
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("must be an address that only this machine reaches, such as 127.0.0.1:9464")
    return Place(host.strip("[]"), int(port))


def beside(path: Path, place: ValidationInfo) -> Path:
    """Read a path from the folder of the configuration."""
    folder: Path = (place.context or {})["folder"]
    return folder / path


WebAddress = Annotated[str, AfterValidator(_web)]
FilePath = Annotated[Path, AfterValidator(beside)]
Loopback = Annotated[Place, BeforeValidator(_loopback)]
KnownNumber = Annotated[Number, BeforeValidator(_number)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Spelling = Annotated[str, AfterValidator(_spelling)]
Region = Annotated[str, AfterValidator(_region)]
Patience = Annotated[int, Field(ge=1, le=120)]
"""Seconds that a store has for one answer; longer, and whatever was asked comes again."""
