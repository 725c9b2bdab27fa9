"""The agent's configuration: one TOML file without any secret; paths in it start from its folder."""

import os
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import phonenumbers
import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails

from jiebang.agent.errors import ConfigInvalid
from jiebang.domain.binding import OrderKind, RecordClass, RecordKind
from jiebang.domain.errors import NotANumber
from jiebang.domain.number import SPELLINGS, Number, parse

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


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
    if not url.startswith(("https://", "http://")) or "@" in url:
        raise ValueError("must begin with https:// (or http://) and hold no name or password")
    return url.rstrip("/")


def _beside(path: Path, place: ValidationInfo) -> Path:
    folder: Path = (place.context or {})["folder"]
    return folder / path


def _url(text: str, place: ValidationInfo) -> sa.URL:
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as unreadable:
        raise ValueError("must be like sqlite:///shop.db or postgresql://agent@host/shop") from unreadable
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise ValueError("must be of sqlite or postgresql")
    if url.password is not None:
        raise ValueError("must hold no password: use password_env or password_file")
    if backend == "sqlite":
        url = url.set(database=str(_beside(Path(url.database or ""), place)))
        if not Path(url.database or "").is_file():
            raise ValueError("names a file that is not there")
    return url.set(drivername=_DRIVERS[backend])


WebAddress = Annotated[str, AfterValidator(_web)]
FilePath = Annotated[Path, AfterValidator(_beside)]
KnownNumber = Annotated[Number, BeforeValidator(_number)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Spelling = Annotated[str, AfterValidator(_spelling)]
Region = Annotated[str, AfterValidator(_region)]


class _Part(BaseModel):
    """A part of the configuration in which every name is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SqlRecord(_Part):
    """One kind of record in an SQL store, and the statements that reach it."""

    kind: RecordKind
    record_class: RecordClass = Field(RecordClass.OTHER, alias="class")
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()
    find: str
    verify: str
    unbind: str | None = None
    deregister: str | None = None
    flag: str | None = None

    @model_validator(mode="after")
    def _can_what_it_says(self) -> Self:
        for kind in OrderKind:
            if (kind in self.can) != (getattr(self, kind.value) is not None):
                raise ValueError(f'needs a statement {kind.value} if, and only if, can has "{kind.value}"')
        if OrderKind.DEREGISTER in self.can and self.kind is not RecordKind.ACCOUNT:
            raise ValueError("can deregister only where its kind is account")
        return self


class SqlStore(_Part):
    """An account store in an SQL database."""

    type: Literal["sql"]
    url: Annotated[sa.URL, BeforeValidator(_url)]
    password_env: str | None = None
    password_file: FilePath | None = None
    spellings: tuple[Spelling, ...] = Field(("e164",), min_length=1)
    timezone: Zone = ZoneInfo("UTC")
    record: tuple[SqlRecord, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_kind_once(self) -> Self:
        if len({record.kind for record in self.record}) < len(self.record):
            raise ValueError("has two records of one kind; their handles could not be told apart")
        return self


class ScimStore(_Part):
    """An account store behind SCIM 2.0 (RFC 7643, 7644)."""

    type: Literal["scim"]
    url: WebAddress
    bearer_token_env: str | None = None
    bearer_token_file: FilePath | None = None
    spellings: tuple[Spelling, ...] = Field(SPELLINGS, min_length=1)
    record_class: RecordClass = Field(RecordClass.OTHER, alias="class")
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()
    search: Literal["post", "get"] = "post"
    """`post` (RFC 7644 §3.4.3) keeps numbers out of the address, and so out of the server's own log."""
    filter: Literal["bracket", "dotted"] = "bracket"
    """`phoneNumbers[value eq "…"]` or `phoneNumbers.value eq "…"`: servers differ in which they know."""
    deregister: Literal["delete", "deactivate"] = "delete"


class Deed(StrEnum):
    """What is done to a record when its number's holder is gone."""

    IGNORE = "ignore"
    FLAG = "flag"
    UNBIND = "unbind"


class CleanRule(_Part):
    """What is done otherwise with records of one kind, or one class, or both."""

    kind: RecordKind | None = None
    record_class: RecordClass | None = Field(None, alias="class")
    on_disconnected: Deed | None = None
    on_recycled: Deed | None = None

    def fits(self, kind: RecordKind, record_class: RecordClass) -> bool:
        """Whether the rule is about such records."""
        return self.kind in {None, kind} and self.record_class in {None, record_class}


class Clean(_Part):
    """What the agent does by itself when a number is disconnected, and when it has another holder."""

    on_disconnected: Deed = Deed.IGNORE
    on_recycled: Deed = Deed.IGNORE
    rule: tuple[CleanRule, ...] = ()
    """The first that fits a record, and says something of what happened, counts."""

    def deeds(self, kind: RecordKind, record_class: RecordClass) -> tuple[Deed, Deed]:
        """What is done to such records on a disconnection, and when the number has another holder."""
        fitting = [rule for rule in self.rule if rule.fits(kind, record_class)]
        ends = (rule.on_disconnected for rule in fitting if rule.on_disconnected is not None)
        begins = (rule.on_recycled for rule in fitting if rule.on_recycled is not None)
        return next(ends, self.on_disconnected), next(begins, self.on_recycled)


class Objection(_Part):
    """How the owner of an account hears of an order that they may object to."""

    notify: WebAddress


class Config(_Part):
    """Everything the agent must be told."""

    hub: WebAddress
    platform: str = Field(min_length=1)
    key_file: FilePath
    ledger: FilePath
    region: Region | None = None
    canary: KnownNumber
    canary_absent: KnownNumber
    most_records: int = Field(20, ge=1, le=1000)
    clean: Clean | None = None
    objection: Objection | None = None
    connector: Annotated[SqlStore | ScimStore, Field(discriminator="type")]

    @model_validator(mode="after")
    def _two_canaries(self) -> Self:
        if self.canary == self.canary_absent:
            raise ValueError("canary and canary_absent must be two numbers")
        return self

    @model_validator(mode="after")
    def _flags_what_it_can(self) -> Self:
        if self.clean is not None and isinstance(self.connector, SqlStore):
            for record in self.connector.record:
                if record.flag is None and Deed.FLAG in self.clean.deeds(record.kind, record.record_class):
                    raise ValueError(f"clean flags records of kind {record.kind}; they need a statement flag")
        return self


def load(path: Path) -> Config:
    """Read a configuration file; raises `ConfigInvalid`, which says in a sentence what is wrong and where."""
    try:
        said = tomllib.loads(path.read_text())
        return Config.model_validate(said, context={"folder": path.absolute().parent})
    except OSError as missing:
        raise ConfigInvalid(f"{path} cannot be read: {missing.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise ConfigInvalid(f"{path} is not TOML: {broken}.") from None
    except ValidationError as invalid:
        raise ConfigInvalid(f"{path}: {_sentence(invalid.errors()[0])}") from None


def secret(name: str, *, env: str | None, file: Path | None) -> str | None:
    """Fetch a secret from where the configuration says it is; `None` where it names no place."""
    if env is not None and file is not None:
        raise ConfigInvalid(f"connector.{name}_env and connector.{name}_file exclude one another.")
    if env is not None:
        if not os.environ.get(env):
            raise ConfigInvalid(f"connector.{name}_env names {env}, which is not set.")
        return os.environ[env]
    try:
        return file.read_text().strip() if file is not None else None
    except OSError as missing:
        raise ConfigInvalid(f"connector.{name}_file cannot be read: {missing.strerror}.") from None


def _sentence(wrong: ErrorDetails) -> str:
    """Say one mistake in one sentence, and never what stood there: it may be a secret, put wrongly."""
    place = _place(wrong["loc"])
    match wrong["type"]:
        case "missing":
            words = "is missing"
        case "extra_forbidden":
            words = "is not something that the agent knows"
        case "union_tag_not_found" | "union_tag_invalid":
            place, words = f"{place}.type", 'must be "sql" or "scim"'
        case "value_error":
            words = str(wrong["ctx"]["error"])
        case _:
            words = f"is not right: {wrong['msg'][0].lower()}{wrong['msg'][1:]}"
    return f"{place} {words}.".lstrip()


def _place(loc: tuple[int | str, ...]) -> str:
    """Write a place as the file has it; the connector's type is no level of its own there."""
    steps: list[Any] = [step for at, step in enumerate(loc) if not (at == 1 and loc[0] == "connector")]
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
