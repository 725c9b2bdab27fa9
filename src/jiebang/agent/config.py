"""The agent's configuration: one TOML file without any secret; paths in it start from its folder."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.fields import FilePath, KnownNumber, Loopback, Part, Region, WebAddress
from jiebang.agent.mistakes import sentence, written
from jiebang.domain.binding import RecordClass, RecordKind


class Deed(StrEnum):
    """What is done to a record when its number's holder is gone."""

    IGNORE = "ignore"
    FLAG = "flag"
    UNBIND = "unbind"


class CleanRule(Part):
    """What is done otherwise with records of one kind, or one class, or both."""

    kind: RecordKind | None = None
    record_class: RecordClass | None = Field(None, alias="class")
    on_disconnected: Deed | None = None
    on_recycled: Deed | None = None

    def fits(self, kind: RecordKind, record_class: RecordClass) -> bool:
        """Whether the rule is about such records."""
        return self.kind in {None, kind} and self.record_class in {None, record_class}


class Clean(Part):
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


class Objection(Part):
    """How the owner of an account hears of an order that they may object to."""

    notify: WebAddress


class Budget(Part):
    """How much may change in the store in an hour before a person has to look; what is beyond it is held."""

    changes_per_hour: int = Field(600, ge=0)
    """
    Orders and cleaning together. The largest service there is orders 512 changes an hour from each platform
    on average (260 million in a quarter, from 230): whoever sees more has a reason to say so.
    """
    deregistrations_per_hour: int = Field(60, ge=0)
    """Of these, accounts that are closed: that cannot be taken back, and few people want it in one hour."""


class Metrics(Part):
    """Where the agent writes its metrics, for Prometheus to read."""

    file: FilePath | None = None
    listen: Loopback | None = None


class Config(Part):
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
    budget: Budget = Budget()
    metrics: Metrics = Metrics()
    connector: Annotated[SqlStore | ScimStore | LdapStore | HttpStore, Field(discriminator="type")]

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


def _sentence(wrong: ErrorDetails) -> str:
    """Say one mistake in one sentence; the connector's type is no level of its own in the file."""
    loc = wrong["loc"]
    place = written(tuple(step for at, step in enumerate(loc) if not (at == 1 and loc[0] == "connector")))
    if wrong["type"] in {"union_tag_not_found", "union_tag_invalid"}:
        return f'{place}.type must be "sql", "scim", "ldap" or "http".'
    return sentence(wrong, place=place)
