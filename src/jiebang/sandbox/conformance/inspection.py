"""Inspection: what the kit must be told of the platform that it tries, in one TOML file."""

import json
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Self

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import AfterValidator, Field, ValidationError, model_validator

from jiebang.agent.fields import FilePath, KnownNumber, Part
from jiebang.agent.mistakes import sentence
from jiebang.wire.keys import public_keys


class InspectionInvalid(Exception):  # noqa: N818 - named as what is wrong, like the refusals
    """An inspection cannot be begun; the words say why."""


def _command(line: str) -> str:
    try:
        words = shlex.split(line)
    except ValueError as wrong:
        raise ValueError(f"must be a command: {str(wrong).lower()}") from wrong
    if not words:
        raise ValueError("must be a command, or be left out")
    return line


class Numbers(Part):
    """Numbers of records that were made for the inspection, and of nobody."""

    one: KnownNumber
    """One record has it, and it can be taken off."""
    two: KnownNumber
    """Two records have it."""
    none: KnownNumber
    """No record has it."""

    @model_validator(mode="after")
    def _three(self) -> Self:
        if len({self.one, self.two, self.none}) < 3:  # noqa: PLR2004 - as many as there are
            raise ValueError("must be three different numbers")
        return self


class Inspection(Part):
    """One platform, and how it is tried; stretches are in seconds."""

    platform: str = Field(min_length=1)
    keys: FilePath
    numbers: Numbers
    restore: Annotated[str, AfterValidator(_command)] | None = None
    """A command that puts the records back as they were; without it, a person is asked to."""
    port: int = Field(8900, ge=1, le=65535)
    arrival: float = Field(300, gt=0)
    """How long the agent may take to come at all: somebody may have to start it."""
    patience: float = Field(30, gt=0)
    """How long it may take over one letter."""
    objection: float = Field(3, gt=0)
    """How long the owner of an account is heard."""
    away: float = Field(2, gt=0)
    """How long the hub is away."""
    letters: int = Field(10_000, ge=1)
    """How many wait at once."""
    burst: float = Field(600, gt=0)
    """How long all those may take."""

    def public(self) -> KeySet:
        """Read the public half of the platform's key; raises `InspectionInvalid`."""
        try:
            return public_keys(json.loads(self.keys.read_text()))
        except OSError as missing:
            raise InspectionInvalid(f"keys: {self.keys} cannot be read: {missing.strerror}.") from None
        except (ValueError, JoseError):
            raise InspectionInvalid(
                f"keys: {self.keys} holds no JWK set, as `jiebang key make` prints one."
            ) from None


def load(path: Path) -> Inspection:
    """Read an inspection; raises `InspectionInvalid`. Paths in it start from its folder."""
    try:
        said = tomllib.loads(path.read_text())
        return Inspection.model_validate(said, context={"folder": path.absolute().parent})
    except OSError as missing:
        raise InspectionInvalid(f"{path} cannot be read: {missing.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise InspectionInvalid(f"{path} is not TOML: {broken}.") from None
    except ValidationError as invalid:
        raise InspectionInvalid(f"{path}: {sentence(invalid.errors()[0])}") from None
